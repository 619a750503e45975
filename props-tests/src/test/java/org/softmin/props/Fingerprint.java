package org.softmin.props;

import java.util.ArrayList;
import java.util.List;
import org.softmin.tensor.Backend;

/**
 * Runs programs once and prints a digest of each result, one line each: what two JVMs must agree on to the last bit,
 * whatever their compiler, vector width or modules.
 */
final class Fingerprint {
    private Fingerprint() {}

    /** The everyday programs and {@code count} random ones. */
    static List<Example> programs(int count) {
        List<Example> programs = new ArrayList<>(FixedPrograms.everyday());
        for (int seed = 0; seed < count; seed++) {
            programs.add(RandomProgram.of(seed, 1 + seed % 20, RandomProgram.Kind.ANY));
        }
        return programs;
    }

    /** One line a program; with the property {@code props.eager} from generated kernels. */
    static List<String> lines(List<Example> programs) {
        Backend cpu = Backends.cpu(Backends.ONE.withEager(Boolean.getBoolean("props.eager")));
        return programs.stream()
                .map(p -> p.name() + ": " + Long.toHexString(Bits.digest(p.run(cpu))))
                .toList();
    }

    /** Prints the lines; the argument is the number of random programs. */
    public static void main(String[] args) {
        lines(programs(Integer.parseInt(args[0]))).forEach(System.out::println);
    }
}
