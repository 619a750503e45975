package org.softmin.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkersTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void runsEveryTaskOnce(int threads) {
        try (Workers workers = new Workers(threads)) {
            assertEquals(threads, workers.threads());
            for (int round = 0; round < 3_000; round++) {
                int tasks = round % 20;
                AtomicIntegerArray runs = new AtomicIntegerArray(20);
                workers.run(tasks, runs::incrementAndGet);
                for (int i = 0; i < 20; i++) {
                    assertEquals(i < tasks ? 1 : 0, runs.get(i), "task " + i + " of " + tasks);
                }
            }
        }
    }

    @Test
    void seesPlainWritesOfTheTasks() {
        try (Workers workers = new Workers(4)) {
            int[] sums = new int[64];
            for (int round = 1; round <= 2_000; round++) {
                workers.run(sums.length, i -> sums[i] += i);
                for (int i = 0; i < sums.length; i++) {
                    assertEquals(round * i, sums[i]);
                }
            }
        }
    }

    @Test
    void wakesParkedThreads() throws InterruptedException {
        try (Workers workers = new Workers(3)) {
            CyclicBarrier allAtOnce = new CyclicBarrier(3);
            for (int round = 0; round < 5; round++) {
                Thread.sleep(20);
                workers.run(3, task -> await(allAtOnce));
            }
        }
    }

    @Test
    void callerMayWaitLong() {
        try (Workers workers = new Workers(2)) {
            Thread caller = Thread.currentThread();
            AtomicInteger done = new AtomicInteger();
            CyclicBarrier bothBegun = new CyclicBarrier(2);
            workers.run(2, task -> {
                await(bothBegun);
                if (Thread.currentThread() != caller) {
                    sleep(100);
                }
                done.incrementAndGet();
            });
            assertEquals(2, done.get());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void throwsWhatATaskThrows(int threads) {
        try (Workers workers = new Workers(threads)) {
            IllegalArgumentException expected = new IllegalArgumentException("task 3");
            Error error = new AssertionError("task 0");
            assertSame(
                    expected,
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> workers.run(10, task -> {
                                if (task == 3) {
                                    throw expected;
                                }
                            })));
            assertSame(
                    error,
                    assertThrows(
                            AssertionError.class,
                            () -> workers.run(2, task -> {
                                if (task == 0) {
                                    throw error;
                                }
                            })));
            AtomicInteger runs = new AtomicInteger();
            workers.run(10, task -> runs.incrementAndGet());
            assertEquals(10, runs.get(), "usable after a failure");
        }
    }

    @Test
    void failureOfAnotherThreadReachesTheCaller() {
        try (Workers workers = new Workers(2)) {
            Thread caller = Thread.currentThread();
            CyclicBarrier bothBegun = new CyclicBarrier(2);
            assertThrows(
                    ArithmeticException.class,
                    () -> workers.run(2, task -> {
                        await(bothBegun);
                        if (Thread.currentThread() != caller) {
                            throw new ArithmeticException("on the worker");
                        }
                    }));
        }
    }

    @Test
    void nestedCallRunsOnTheSameThread() {
        try (Workers workers = new Workers(4)) {
            AtomicInteger runs = new AtomicInteger();
            workers.run(8, outer -> {
                Thread here = Thread.currentThread();
                workers.run(5, inner -> {
                    assertSame(here, Thread.currentThread());
                    runs.incrementAndGet();
                });
            });
            assertEquals(40, runs.get());
        }
    }

    @Test
    void severalCallersAtOnce() throws InterruptedException {
        try (Workers workers = new Workers(3)) {
            AtomicInteger runs = new AtomicInteger();
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Thread caller = new Thread(() -> {
                    for (int round = 0; round < 1_000; round++) {
                        AtomicInteger mine = new AtomicInteger();
                        workers.run(7, task -> mine.incrementAndGet());
                        runs.addAndGet(mine.get());
                    }
                });
                caller.start();
                callers.add(caller);
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertEquals(4 * 1_000 * 7, runs.get());
        }
    }

    @Test
    void callAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Workers workers = new Workers(2)) {
            int[] cells = new int[64];
            Workers.Task task = i -> cells[i]++;
            for (int i = 0; i < 1_000; i++) {
                workers.run(cells.length, task);
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1_000; i++) {
                workers.run(cells.length, task);
            }
            assertEquals(0, threads.getCurrentThreadAllocatedBytes() - before);
            assertEquals(2_000, cells[63]);
        }
    }

    @Test
    void closeEndsTheThreads() {
        assertEquals(0, crewOf("softmin-worker-77"), "no crew of 78 before");
        Workers workers = new Workers(78);
        assertEquals(1, crewOf("softmin-worker-77"));
        workers.close();
        workers.close();
        assertEquals(0, crewOf("softmin-worker-77"));
        assertTrue(assertThrows(IllegalStateException.class, () -> workers.run(1, task -> {}))
                .getMessage()
                .contains("closed"));
    }

    @Test
    void threadsAreDaemons() {
        try (Workers workers = new Workers(2)) {
            AtomicInteger daemons = new AtomicInteger();
            CyclicBarrier both = new CyclicBarrier(2);
            Thread caller = Thread.currentThread();
            workers.run(2, task -> {
                await(both);
                if (Thread.currentThread() != caller && Thread.currentThread().isDaemon()) {
                    daemons.incrementAndGet();
                }
            });
            assertEquals(1, daemons.get());
        }
    }

    @Test
    void oneThreadIsTheCaller() {
        int before = Thread.activeCount();
        try (Workers workers = new Workers(1)) {
            assertFalse(Thread.activeCount() > before);
            Thread here = Thread.currentThread();
            workers.run(4, task -> assertSame(here, Thread.currentThread()));
        }
    }

    @Test
    void refusesNoThreads() {
        assertEquals(
                "workers: needs at least 1 thread, not 0",
                assertThrows(IllegalArgumentException.class, () -> new Workers(0).close())
                        .getMessage());
    }

    private static long crewOf(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .count();
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new IllegalStateException("the tasks did not run side by side", e);
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
