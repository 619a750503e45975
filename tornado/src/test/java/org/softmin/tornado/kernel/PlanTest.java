package org.softmin.tornado.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tensor.plan.Step;
import org.softmin.tensor.plan.View;

/** Which kernels a program becomes, with which grids, and where its buffers lie. */
class PlanTest {
    private static final Tensor ROWS = Tensor.input("x", DType.F32, Shape.of(40, 300));

    private static List<String> grids(Tensor... outputs) {
        return plan(outputs).kernels().stream()
                .map(kernel -> kernel.name() + " " + kernel.groups() + " x " + kernel.items())
                .toList();
    }

    private static Plan plan(Tensor... outputs) {
        List<Tensor> inputs = new ArrayList<>();
        Set<Tensor> seen = new HashSet<>();
        List<Tensor> pending = new ArrayList<>(List.of(outputs));
        while (!pending.isEmpty()) {
            Tensor node = pending.removeLast();
            if (seen.add(node)) {
                pending.addAll(node.inputs());
                if (node.op() instanceof Op.Input) {
                    inputs.add(node);
                }
            }
        }
        return Plan.of(Program.of(inputs, List.of(outputs)), true, true);
    }

    @Test
    void softmaxAndItsSumAreOneKernelWithAGroupForEachRow() {
        assertEquals(List.of("rows 40 x 256"), grids(ROWS.softmax(1), ROWS.logSumExp(1)));
    }

    @Test
    void shortRowsTakeAnItemEach() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(200, 7));
        assertEquals(List.of("rows 2 x 128"), grids(x.softmax(1)));
        assertEquals(List.of("foldRows 2 x 128"), grids(x.sum(1)));
    }

    @Test
    void longFoldsOfFewRowsAndColumnsAreCutIntoPieces() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(100_000));
        assertEquals(List.of("foldRows 24 x 256", "foldRows 1 x 128"), grids(x.sum()));
        Tensor y = Tensor.input("y", DType.F32, Shape.of(1000, 4));
        assertEquals(List.of("foldColumns 1 x 128", "foldColumns 1 x 128"), grids(y.sum(0)));
    }

    @Test
    void aProductTakesTheLargestTilesThatFillTheDevice() {
        Tensor small = Tensor.input("x", DType.F32, Shape.of(50, 20));
        assertEquals(List.of("matmul 16 x 256"), grids(small.matmul(small.transpose())));
        Tensor large = Tensor.input("x", DType.F32, Shape.of(2048, 20));
        assertEquals(List.of("matmul 256 x 256"), grids(large.matmul(large.transpose())));
    }

    @Test
    void aDeepProductOfFewTilesIsCutIntoPieces() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(100_000, 64));
        assertEquals(
                List.of("matmul 128 x 256", "foldColumns 32 x 128"),
                grids(x.transpose().matmul(x)));
        Tensor shallow = Tensor.input("x", DType.F32, Shape.of(2047, 64));
        assertEquals(List.of("matmul 16 x 256"), grids(shallow.transpose().matmul(shallow)));
    }

    @Test
    void whatFollowsAProductIsPartOfIt() {
        Tensor x = Tensor.input("x", DType.F32, Shape.of(50, 20));
        assertEquals(
                List.of("matmul 16 x 256"), grids(x.matmul(x.transpose()).add(1).relu()));
    }

    @Test
    void rowsAreSortedInBlocksAndTheseMerged() {
        Tensor y = Tensor.input("y", DType.F32, Shape.of(40, 7));
        assertEquals(List.of("sortBlocks 2 x 256"), grids(y.argSort(1)));
        Tensor x = Tensor.input("x", DType.F32, Shape.of(700));
        assertEquals(List.of("sortBlocks 3 x 256", "mergeRuns 6 x 128", "mergeRuns 6 x 128"), grids(x.argSort(0)));
    }

    @Test
    void whatDependsOnConstantsAloneIsLaunchedOnce() {
        Tensor angles = Tensor.iota(DType.F32, 300);
        Plan plan = plan(ROWS.mul(angles.sin().sum()));
        assertEquals(40 * 300 / 128 + 1, plan.kernels().getLast().groups());
        assertEquals(plan.kernels().size() - 1, plan.fixed());
    }

    /** What TornadoVM allocates: for each array that a kernel touches its elements and a header. */
    @Test
    void memoryIsThatOfTheArraysWithTheirHeaders() {
        Plan plan = plan(ROWS.softmax(1));
        long between =
                4 * (40 * 300 + 40 + 40); // exponentials, maxima and sums, which lie in one array, at some distance
        long array = plan.largestBytes() - 24;
        assertTrue(between <= array && array < between + 1024, array + " bytes for " + between);
        assertEquals(plan.largestBytes() + 2 * (24 + 4L * 40 * 300), plan.bytes());
        assertEquals(
                2 * (24 + 12),
                plan(Tensor.input("x", DType.F32, Shape.of(3)).neg()).bytes());
        assertEquals(0, plan(Tensor.input("x", DType.F32, Shape.of(0)).neg()).bytes());
    }

    @Test
    void thePlanIsExplained() {
        String text = plan(ROWS.softmax(1)).explain();
        assertTrue(text.startsWith("1 kernels, 0 of them launched once; memory "), text);
        assertTrue(text.contains("48.0 kB up and 48.0 kB down a run"), text);
        assertTrue(text.contains("rows <40 x 256> fused "), text);
    }

    /** Buffers that are needed at the same time share no memory, unless one is filled in place of the other. */
    @Test
    void liveBuffersLieApart() {
        Tensor h = ROWS.matmul(ROWS.transpose());
        Plan plan = plan(
                h.softmax(1).matmul(ROWS),
                h.tanh().sum(0),
                h.exp().sum(),
                h.sum(1).exp());
        Map<Buffer, int[]> lives = new HashMap<>();
        for (int s = 0; s < plan.schedule().steps().size(); s++) {
            Step step = plan.schedule().steps().get(s);
            List<Buffer> touched = new ArrayList<>(step.writes());
            step.reads().stream().map(View::buffer).forEach(touched::add);
            for (Buffer buffer : touched) {
                int now = s;
                lives.computeIfAbsent(buffer, b -> new int[] {now, now})[1] = s;
            }
        }
        int met = 0;
        for (Buffer a : lives.keySet()) {
            for (Buffer b : lives.keySet()) {
                int[] first = lives.get(a);
                int[] second = lives.get(b);
                if (a.id() < b.id() && first[0] < second[1] && second[0] < first[1]) {
                    met++;
                    assertTrue(
                            !overlap(plan, a, b), a + " and " + b + Arrays.toString(first) + Arrays.toString(second));
                }
            }
        }
        assertTrue(met > 3, met + " pairs");
    }

    private static boolean overlap(Plan plan, Buffer a, Buffer b) {
        Plan.Place p = plan.place(a);
        Plan.Place q = plan.place(b);
        return p.storage() == q.storage() && p.offset() < q.offset() + b.size() && q.offset() < p.offset() + a.size();
    }
}
