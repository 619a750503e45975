package org.softmin.studies.bench;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.ServiceLoader;

/**
 * Something that can do the benchmark's workloads: Softmin, a peer, or a limit of the machine.
 *
 * <p>Peers are found by {@link ServiceLoader}; they are built by the Maven profile {@code bench} only.
 */
public interface Contender {
    /** Name of the column, such as {@code OpenBLAS}. */
    String name();

    /** What exactly is measured, with its version; asked for after {@link #open}. */
    String describe();

    /** Prepares for so many threads; called once, before the first task. */
    void open(int threads);

    /** The workload, ready to run on data that equals every other contender's; empty if it does not do it. */
    Optional<Task> task(Workload workload);

    /** A workload with its data in place. */
    interface Task extends AutoCloseable {
        /** Does it once. */
        void run();

        /**
         * Does it once and gives a number on which all contenders must agree: the loss before the update, or the last
         * element of the result; empty where the task computes something else.
         */
        default OptionalDouble check() {
            run();
            return OptionalDouble.empty();
        }

        /** Work of one run in the unit of the workload (flop or bytes), where the task does other work than it says. */
        default double work(Workload workload) {
            return workload.work();
        }

        @Override
        default void close() {}
    }

    /** The peers that are on the class path, none in a build without the profile. */
    static List<Contender> peers() {
        return ServiceLoader.load(Contender.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }
}
