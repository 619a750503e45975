package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.softmin.autograd.GradientCheck;
import org.softmin.tensor.Backend;
import org.softmin.tensor.Executable;
import org.softmin.tensor.Fold;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Op;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Tensor;

/** Every op, by its row of {@link OpTable}: values on the CPU, gradients, error messages. */
class OpLaws {
    private static final int SHOWN = 5;

    @TestFactory
    Stream<DynamicTest> agreesWithTheReference() {
        Backend cpu = Backends.cpu(Backends.ONE);
        return OpTable.rows().stream()
                .map(row -> DynamicTest.dynamicTest(row.name(), () -> {
                    List<String> wrong = new ArrayList<>();
                    int[] cases = {0, 0};
                    row.cases().accept(example -> {
                        cases[0]++;
                        String difference = disagreement(example, cpu);
                        if (!difference.isEmpty() && cases[1]++ < SHOWN) {
                            wrong.add(difference + "\n" + example);
                        }
                    });
                    if (cases[1] > 0) {
                        fail(row.name() + " (tolerance: " + row.tolerance() + "): " + cases[1] + " of " + cases[0]
                                + " cases differ\n" + String.join("\n", wrong));
                    }
                }));
    }

    /** Where results lie outside the enclosure, in the first or the second run; empty if they do not. */
    static String disagreement(Example example, Backend backend) {
        List<Enclosure> allowed = Enclosure.of(example.program(), example.inputs());
        String self = Example.outside(allowed, example.run(Reference.BACKEND));
        if (!self.isEmpty()) {
            return "the reference itself: " + self;
        }
        try (Executable executable = backend.compile(example.program())) {
            String cold = Example.outside(allowed, example.run(executable));
            return cold.isEmpty() ? Example.outside(allowed, example.run(executable)) : cold;
        } catch (RuntimeException | LinkageError e) {
            return e.toString() + " at "
                    + Arrays.asList(e.getStackTrace()).subList(0, Math.min(4, e.getStackTrace().length));
        }
    }

    @TestFactory
    Stream<DynamicTest> hasTheGradientOfItsDifferences() {
        return OpTable.rows().stream()
                .filter(row -> row.gradient() instanceof Row.Gradient.Smooth)
                .map(row -> DynamicTest.dynamicTest(row.name(), () -> {
                    for (Row.Point point : ((Row.Gradient.Smooth) row.gradient()).points()) {
                        for (int seed = 0; seed < 3; seed++) {
                            GradientCheck.DEFAULT
                                    .withSeed(seed)
                                    .check(x -> List.of(point.function().apply(x)), point.at());
                        }
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> refusesWrongOperands() {
        return OpTable.rows().stream()
                .map(row -> DynamicTest.dynamicTest(row.name(), () -> {
                    assertTrue(!row.refusals().isEmpty(), "no wrong operands in the row of " + row.name());
                    for (Row.Refusal refusal : row.refusals()) {
                        Throwable thrown = assertThrows(
                                IllegalArgumentException.class,
                                refusal.mistake()::get,
                                () -> "expected: " + refusal.message());
                        assertEquals(refusal.message(), thrown.getMessage());
                    }
                }));
    }

    /** The tolerance written in a row is the one that was applied to its op. */
    @TestFactory
    Stream<DynamicTest> statesItsTolerance() {
        return OpTable.rows().stream()
                .map(row -> DynamicTest.dynamicTest(row.name(), () -> {
                    boolean[] seen = {false};
                    row.cases().accept(example -> {
                        for (Tensor node : example.program().nodes()) {
                            if (key(node.op()).equals(row.op())) {
                                seen[0] = true;
                                assertEquals(Tolerance.of(node.op()), row.tolerance());
                            }
                        }
                    });
                    assertTrue(seen[0], "no case of " + row.name() + " contains it");
                }));
    }

    @Test
    void moreThan3000Cases() {
        int[] cases = {0};
        OpTable.rows().forEach(row -> row.cases().accept(example -> cases[0]++));
        System.out.println("OpLaws: " + cases[0] + " cases of " + OpTable.rows().size() + " ops");
        assertTrue(cases[0] > 3000, "only " + cases[0] + " cases");
    }

    @Test
    void everyOpHasARow() {
        Set<Object> wanted = new HashSet<>();
        wanted.addAll(List.of(Scalar.values()));
        wanted.addAll(List.of(Fold.values()));
        for (Class<?> op : Op.class.getPermittedSubclasses()) {
            wanted.add(op);
        }
        wanted.removeAll(List.of(Op.Map.class, Op.Reduce.class, Op.Composite.class)); // by their variants
        for (JavaClass c : new ClassFileImporter().importPackages("org.softmin")) {
            if (c.isAssignableTo(Op.Composite.class)
                    && !c.isInterface()
                    && !c.getPackageName().contains("props")) {
                wanted.add(c.reflect());
            }
        }
        Set<Object> present = new HashSet<>();
        for (Row row : OpTable.rows()) {
            assertTrue(present.add(row.op()), "two rows for " + row.name());
        }
        assertEquals(wanted, present, "a new op needs a row in OpTable");
    }

    static Object key(Op op) {
        return switch (op) {
            case Op.Map m -> m.scalar();
            case Op.Reduce r -> r.fold();
            default -> op.getClass();
        };
    }

    /** What the reference gives, so that a wrong reference does not go unnoticed: ops against plain Java. */
    @Test
    void referenceMultipliesMatrices() {
        Example product = Example.of(
                "matmul",
                3,
                b -> b.operand(org.softmin.tensor.DType.F64, org.softmin.tensor.Shape.of(2, 3), Values.MODERATE)
                        .matmul(b.operand(
                                org.softmin.tensor.DType.F64, org.softmin.tensor.Shape.of(3, 2), Values.MODERATE)));
        HostArray a = product.inputs().get(0);
        HostArray b = product.inputs().get(1);
        double[] result = product.run(Reference.BACKEND).getFirst().toDoubles();
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 2; j++) {
                double sum = 0;
                for (int k = 0; k < 3; k++) {
                    sum += a.get(3 * i + k) * b.get(2 * k + j);
                }
                assertEquals(sum, result[2 * i + j], 1e-15);
            }
        }
    }
}
