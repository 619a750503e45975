package org.softmin.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class JobsTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8, 100})
    void resultsAreInTheOrderOfTheTasksForAnyNumberOfWorkers(int workers) throws Exception {
        List<Jobs.Task<Integer>> tasks = new ArrayList<>();
        List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int number = i;
            expected.add(number * number);
            tasks.add(() -> {
                Thread.sleep(number % 3);
                return number * number;
            });
        }
        assertEquals(expected, new Jobs(workers).run(tasks));
    }

    @Test
    void noTasksGiveNoResults() throws Exception {
        assertEquals(List.of(), new Jobs(2).run(List.<Jobs.Task<Integer>>of()));
    }

    @Test
    void soManyRunAtATimeAndNoMore() throws Exception {
        CyclicBarrier three = new CyclicBarrier(3);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Jobs.Task<Integer> task = () -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            try {
                three.await(30, TimeUnit.SECONDS); // passes only if three are here together
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
            running.decrementAndGet();
            return 0;
        };
        new Jobs(3).run(List.of(task, task, task, task, task, task));
        assertEquals(3, most.get());
    }

    @Test
    void theFirstFailureCancelsTheRestAndIsThrownAsItIs() {
        IOException failure = new IOException("first");
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean cancelled = new AtomicBoolean();
        List<Jobs.Task<Integer>> tasks = List.of(
                () -> {
                    begun.countDown();
                    try {
                        while (true) {
                            Jobs.checkCancelled();
                            Thread.onSpinWait();
                        }
                    } finally {
                        cancelled.set(true);
                    }
                },
                () -> {
                    begun.await();
                    throw failure;
                },
                () -> {
                    Thread.sleep(60_000);
                    return 0;
                });
        assertSame(failure, assertThrows(IOException.class, () -> new Jobs(2).run(tasks)));
        assertTrue(cancelled.get(), "it returns when the other task has stopped");
    }

    @Test
    void errorsAndUncheckedExceptionsComeThrough() {
        Jobs.Task<Integer> error = () -> {
            throw new OutOfMemoryError("none");
        };
        Jobs.Task<Integer> unchecked = () -> {
            throw new ArithmeticException("NaN");
        };
        assertThrows(OutOfMemoryError.class, () -> new Jobs(2).run(List.of(error)));
        assertThrows(ArithmeticException.class, () -> new Jobs(2).run(List.of(unchecked)));
    }

    @Test
    void interruptingTheCallerCancelsTheTasks() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean cancelled = new AtomicBoolean();
        AtomicBoolean interrupted = new AtomicBoolean();
        Thread caller = new Thread(() -> {
            Jobs.Task<Integer> task = () -> {
                begun.countDown();
                try {
                    Thread.sleep(60_000);
                } catch (InterruptedException e) {
                    cancelled.set(true);
                    throw e;
                }
                return 0;
            };
            try {
                new Jobs(1).run(List.of(task));
            } catch (InterruptedException e) {
                interrupted.set(true);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        caller.start();
        begun.await();
        caller.interrupt();
        caller.join();
        assertTrue(cancelled.get());
        assertTrue(interrupted.get());
    }

    @Test
    void thereIsAtLeastOneWorker() {
        assertThrows(UsageException.class, () -> new Jobs(0));
    }
}
