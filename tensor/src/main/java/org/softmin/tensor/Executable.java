package org.softmin.tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * A compiled program, run with arrays as often as wanted.
 *
 * <p>An executable owns working memory, so <b>one thread at a time</b> may run it; a second one gets an
 * {@link IllegalStateException}. Compile once per thread, or share a lock. {@link #close} gives the memory and any
 * device back.
 */
public interface Executable extends AutoCloseable {
    /** The program that this runs. */
    Program program();

    /**
     * Runs with arrays of the caller's: nothing is allocated.
     *
     * @param inputs one array for each input of the program, of its type
     * @param outputs one array for each output, overwritten; where the program donates input i to output j it may be
     *     the very array passed as input i (updated in place), otherwise it shares storage with no other
     * @throws IllegalArgumentException if an array has the wrong type or sits in two places, before anything is changed
     */
    void run(List<HostArray> inputs, List<HostArray> outputs);

    /**
     * Runs and gives new arrays. A donated input is given away: its storage becomes the output's, and the array passed
     * in refuses every later use.
     */
    default List<HostArray> run(List<HostArray> inputs) {
        program().check(inputs);
        List<HostArray> in = new ArrayList<>(inputs);
        List<HostArray> outputs = new ArrayList<>();
        for (int j = 0; j < program().outputs().size(); j++) {
            Type type = program().outputs().get(j).type();
            int i = program().donatedTo(j);
            HostArray output = i < 0
                    ? HostArray.zeros(type.dtype(), type.shape())
                    : inputs.get(i).donate();
            outputs.add(output);
            if (i >= 0) {
                in.set(i, output);
            }
        }
        run(in, outputs);
        return outputs;
    }

    /** As {@link #run(List)}. */
    default List<HostArray> run(HostArray... inputs) {
        return run(List.of(inputs));
    }

    /** The plan for people: steps, kernels, buffers and their sizes. */
    String explain();

    @Override
    void close();
}
