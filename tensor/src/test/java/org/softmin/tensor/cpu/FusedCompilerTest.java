package org.softmin.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.softmin.tensor.Backend;
import org.softmin.tensor.Backend.Options;
import org.softmin.tensor.DType;
import org.softmin.tensor.Executable;
import org.softmin.tensor.Fold;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Op;
import org.softmin.tensor.Program;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;
import org.softmin.tensor.cpu.FusedKernel.Access;
import org.softmin.tensor.cpu.FusedKernel.Folded;
import org.softmin.tensor.cpu.FusedKernel.Form;
import org.softmin.tensor.cpu.FusedKernel.Sink;
import org.softmin.tensor.cpu.FusedKernel.Source;
import org.softmin.tensor.plan.Step;

/** Generated kernels: the bits of the plain loops, for every function, way of reading, and fold. */
class FusedCompilerTest {
    private static final Options ONE = Options.DEFAULT.withThreads(1);
    private static final Backend GENERATED = new CpuBackend(ONE.withEager(true));
    private static final Backend PLAIN = new CpuBackend(ONE.withSimd(false));
    private static final int[] LENGTHS = {16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 300};

    private static final double[] SPECIAL = {
        0.0,
        -0.0,
        1,
        -1,
        0.5,
        -0.5,
        2.5,
        -2.5,
        1e-45,
        -1e-45,
        1e-40,
        1.1754944e-38,
        0.1,
        -0.55,
        0.56,
        3,
        10,
        88.7,
        89,
        -87.3,
        -103.9,
        -104,
        1e4,
        -1e4,
        8388608.5,
        1e30,
        -1e30,
        3.4e38,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.NaN,
        709.7,
        -745.1,
        1e300,
        -1e-310
    };

    private static HostArray values(DType dtype, Shape shape, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        HostArray array = HostArray.zeros(dtype, shape);
        for (int i = 0; i < array.size(); i++) {
            double x = random.nextInt(4) == 0
                    ? SPECIAL[random.nextInt(SPECIAL.length)]
                    : random.nextGaussian() * Math.exp(random.nextGaussian());
            array.set(i, dtype == DType.BOOL ? random.nextInt(2) : x);
        }
        return array;
    }

    private static void compare(List<Type> types, Function<List<Tensor>, List<Tensor>> function, String what) {
        Program program = Program.trace(types, function);
        List<HostArray> inputs = new ArrayList<>();
        for (Type type : types) {
            inputs.add(values(
                    type.dtype(),
                    type.shape(),
                    31L * inputs.size() + type.shape().size()));
        }
        List<HostArray> expected = run(PLAIN, program, inputs);
        List<HostArray> actual = run(GENERATED, program, inputs);
        for (int j = 0; j < expected.size(); j++) {
            for (int i = 0; i < expected.get(j).size(); i++) {
                double a = expected.get(j).get(i);
                double b = actual.get(j).get(i);
                if (Double.doubleToLongBits(a) != Double.doubleToLongBits(b)) {
                    assertEquals(a, b, what + ", output " + j + ", element " + i);
                    throw new AssertionError(what + ": " + a + " and " + b);
                }
            }
        }
    }

    private static List<HostArray> run(Backend backend, Program program, List<HostArray> inputs) {
        try (Executable executable = backend.compile(program)) {
            return executable.run(inputs);
        }
    }

    /** Guards the others: without kernels they would compare the plain loops with themselves. */
    @Test
    void kernelsAreGenerated() {
        Type type = new Type(DType.F32, Shape.of(40, 64));
        for (UnaryOperator<Tensor> f : List.<UnaryOperator<Tensor>>of(
                x -> x.exp(),
                x -> x.add(1).sum(0),
                x -> x.mul(2).sum(1),
                x -> x.square().sum())) {
            String plan = GENERATED.compile(Program.trace(type, f)).explain();
            assertTrue(!plan.contains("interpreted") && plan.contains("fused"), plan);
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyFunction(Scalar f) {
        for (DType dtype : new DType[] {DType.F32, DType.F64, DType.BOOL}) {
            if (!f.accepts(dtype)) {
                continue;
            }
            for (int n : LENGTHS) {
                Type type = new Type(dtype, Shape.of(n));
                Type truth = new Type(DType.BOOL, Shape.of(n));
                List<Type> types = f.arity() == 1
                        ? List.of(type)
                        : f.arity() == 2 ? List.of(type, type) : List.of(truth, type, type);
                // more than one op, so that the function is in the middle of a kernel
                compare(types, x -> List.of(Tensor.of(new Op.Map(f), x)), f + " " + dtype + " " + n);
            }
        }
    }

    /** −|x| takes a way of its own through the exponential: a sample of all floats, denormal results among them. */
    @Test
    void exponentialsOfNegativeNumbers() {
        int step = 2039;
        int n = (int) ((1L << 31) / step) + 1;
        Program program = Program.trace(
                new Type(DType.F32, Shape.of(n)), x -> x.abs().neg().exp());
        Program wide = Program.trace(
                new Type(DType.F64, Shape.of(n)), x -> x.abs().neg().exp());
        HostArray floats = HostArray.zeros(DType.F32, Shape.of(n));
        HostArray doubles = HostArray.zeros(DType.F64, Shape.of(n));
        for (int i = 0; i < n; i++) {
            floats.floats()[i] = Float.intBitsToFloat(i * step);
            doubles.doubles()[i] = i % 2 == 0 ? Float.intBitsToFloat(i * step) : 760.0 * i / n;
        }
        assertArrayEquals(
                run(PLAIN, program, List.of(floats)).getFirst().floats(),
                run(GENERATED, program, List.of(floats)).getFirst().floats());
        assertArrayEquals(
                run(PLAIN, wide, List.of(doubles)).getFirst().doubles(),
                run(GENERATED, wide, List.of(doubles)).getFirst().doubles());
    }

    @Test
    void castsOfTruthValues() {
        for (DType dtype : new DType[] {DType.F32, DType.F64}) {
            for (int n : LENGTHS) {
                compare(
                        List.of(new Type(dtype, Shape.of(n)), new Type(DType.BOOL, Shape.of(n))),
                        x -> List.of(
                                x.get(0).cast(DType.BOOL), x.get(1).cast(dtype).add(x.get(0))),
                        dtype + " " + n);
            }
        }
    }

    @Test
    void everyWayToReadBothWaysToGo() {
        for (DType dtype : new DType[] {DType.F32, DType.F64}) {
            for (int rows : new int[] {1, 2, 5, 130}) {
                for (int columns : new int[] {3, 16, 40, 64, 67, 300}) {
                    List<Type> types = List.of(
                            new Type(dtype, Shape.of(rows, columns)),
                            new Type(dtype, Shape.of(columns)),
                            new Type(dtype, Shape.of(rows, 1)),
                            new Type(dtype, Shape.of(1, 1)),
                            new Type(DType.BOOL, Shape.of(columns)),
                            new Type(DType.BOOL, Shape.of(rows, 1)),
                            new Type(DType.BOOL, Shape.SCALAR));
                    compare(
                            types,
                            x -> {
                                Tensor y = x.get(0)
                                        .add(x.get(1))
                                        .mul(x.get(2))
                                        .sub(x.get(3))
                                        .add(0.25);
                                Tensor z = x.get(4).where(y, x.get(0));
                                Tensor w = x.get(5).where(z, x.get(6).where(y, x.get(1)));
                                return List.of(y, w, w.lt(y).and(x.get(4)));
                            },
                            dtype + " " + rows + "x" + columns);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void foldsInEveryDirection(Fold fold) {
        int[][] shapes = {
            {1, 16},
            {3, 20},
            {2, 64},
            {5, 65},
            {129, 31},
            {128, 64},
            {300, 17},
            {2, 8192},
            {3, 8193},
            {1, 20_011},
            {257, 3}
        };
        for (DType dtype : new DType[] {DType.F32, DType.F64}) {
            for (int[] shape : shapes) {
                Type type = new Type(dtype, Shape.of(shape));
                Type column = new Type(dtype, Shape.of(shape[1]));
                for (int[] axes : new int[][] {{0}, {1}, {}}) {
                    compare(
                            List.of(type, column),
                            x -> {
                                Tensor y = x.get(0).mul(0.5).maximum(x.get(0));
                                Tensor z = axes.length == 0 ? y : y.add(x.get(1));
                                return List.of(
                                        z.reduce(fold, false, axes), z.neg().reduce(fold, true, axes), z);
                            },
                            fold + " " + type + " " + axes.length);
                }
            }
            compare(
                    List.of(new Type(dtype, Shape.of(3, 140, 33))),
                    x -> List.of(
                            x.get(0).neg().reduce(fold, false, 1),
                            x.get(0).neg().reduce(fold, false, 2),
                            x.get(0).permute(1, 0, 2).neg().reduce(fold, false, 2)),
                    fold + " of rank 3 " + dtype);
        }
    }

    @Test
    void threadsTakeBlocksOfRowsColumnsAndChunks() {
        Backend three = new CpuBackend(Options.DEFAULT.withThreads(3).withEager(true));
        for (int[] shape : new int[][] {{3, 50_001}, {2000, 64}, {700, 301}, {1, 300_000}}) {
            Program program = Program.trace(
                    List.of(new Type(DType.F32, Shape.of(shape)), new Type(DType.F32, Shape.of(shape[1]))),
                    x -> List.of(
                            x.get(0).exp().add(x.get(1)),
                            x.get(0).mul(x.get(1)).sum(0),
                            x.get(0).mul(x.get(1)).max(1),
                            x.get(0).square().sum()));
            List<HostArray> inputs =
                    List.of(values(DType.F32, Shape.of(shape), 1), values(DType.F32, Shape.of(shape[1]), 2));
            List<HostArray> expected = run(PLAIN, program, inputs);
            List<HostArray> actual = run(three, program, inputs);
            for (int j = 0; j < expected.size(); j++) {
                for (int i = 0; i < expected.get(j).size(); i++) {
                    assertEquals(expected.get(j).get(i), actual.get(j).get(i), shape[0] + " rows, output " + j);
                }
            }
        }
    }

    /** Bias, activation and scale on each block that a product finishes. */
    @Test
    void productsFinishTheStepAfterThem() {
        for (int threads : new int[] {1, 3}) {
            Backend generated =
                    new CpuBackend(Options.DEFAULT.withThreads(threads).withEager(true));
            for (int[] size : new int[][] {{5, 3, 7}, {33, 17, 65}, {130, 40, 64}, {300, 200, 331}}) {
                for (DType dtype : new DType[] {DType.F32, DType.F64}) {
                    Program program = Program.trace(
                            List.of(
                                    new Type(dtype, Shape.of(size[0], size[1])),
                                    new Type(dtype, Shape.of(size[1], size[2])),
                                    new Type(dtype, Shape.of(size[2])),
                                    new Type(dtype, Shape.of(size[0], 1))),
                            x -> {
                                Tensor z = x.get(0).matmul(x.get(1)).add(x.get(2));
                                return List.of(z.mul(0.5).maximum(z).mul(x.get(3)), z);
                            });
                    List<HostArray> inputs = new ArrayList<>();
                    program.inputs().forEach(in -> inputs.add(values(in.dtype(), in.shape(), inputs.size())));
                    Executable executable = generated.compile(program);
                    boolean wide = size[0] * size[2] >= 16;
                    assertEquals(wide, executable.explain().contains("with the blocks"), executable.explain());
                    List<HostArray> expected = run(PLAIN, program, inputs);
                    List<HostArray> actual = executable.run(inputs);
                    for (int j = 0; j < expected.size(); j++) {
                        for (int i = 0; i < expected.get(j).size(); i++) {
                            assertEquals(expected.get(j).get(i), actual.get(j).get(i), size[2] + " columns");
                        }
                    }
                }
            }
        }
    }

    /** What the product still reads is not overwritten while it runs: X·W + W in place of W. */
    @Test
    void noStepOverwritesAnOperandOfTheProductBeforeIt() {
        Type square = new Type(DType.F32, Shape.of(130, 130));
        Type wide = new Type(DType.F32, Shape.of(130, 331));
        Program program = Program.trace(
                        List.of(square, wide),
                        x -> List.of(x.get(0).matmul(x.get(1)).add(x.get(1))))
                .donate(1, 0);
        HostArray x = values(DType.F32, square.shape(), 1);
        HostArray w = values(DType.F32, wide.shape(), 2);
        try (Executable executable = GENERATED.compile(program)) {
            for (int run = 0; run < 200; run++) { // products change their kernels when those are warm
                HostArray inPlace = w.copy();
                HostArray apart = HostArray.zeros(DType.F32, wide.shape());
                executable.run(List.of(x, inPlace), List.of(inPlace));
                executable.run(List.of(x, w), List.of(apart));
                assertArrayEquals(apart.floats(), inPlace.floats(), "run " + run);
            }
        }
    }

    @Test
    void kernelsPassTheVerifier() {
        for (boolean down : new boolean[] {false, true}) {
            for (boolean tail : new boolean[] {false, true}) {
                byte[] bytes = new FusedCompiler().bytes(example(DType.F64, down, tail));
                assertEquals(List.of(), ClassFile.of().verify(bytes));
            }
        }
    }

    /** relu(x + b) stored, and its sum over the rows or columns. */
    private static Form example(DType type, boolean down, boolean tail) {
        Step.Instruction add = new Step.Instruction(new Op.Map(Scalar.ADD), type, List.of(0, 1));
        Step.Instruction max = new Step.Instruction(new Op.Map(Scalar.MAX), type, List.of(3, 2));
        return new Form(
                type,
                down,
                down,
                tail,
                List.of(
                        new Source(Access.DENSE, type, down ? 64 : 0, 0),
                        new Source(Access.COLUMN, type, 0, 0),
                        new Source(Access.SPLAT, type, 0, 0)),
                List.of(add, max),
                List.of(new Sink(4, type, down ? 64 : 0)),
                List.of(new Folded(4, Fold.SUM)));
    }

    /** What is generated, word for word: after a change, read the new listing as one reads code, then keep it. */
    @Test
    void goldenListing() throws IOException {
        String listing = "relu(x + b) and its sums, down columns of [., 64], AVX-512\n"
                + listing(new FusedCompiler(512).bytes(example(DType.F32, true, false)))
                + "\nrelu(x + b) and its sums, along rows, AVX2\n"
                + listing(new FusedCompiler(256).bytes(example(DType.F32, false, false)));
        try (InputStream in = FusedCompilerTest.class.getResourceAsStream("fused-kernels.txt")) {
            assertNotNull(in, "fused-kernels.txt");
            assertEquals(new String(in.readAllBytes(), StandardCharsets.UTF_8), listing);
        }
    }

    private static String listing(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (MethodModel method : ClassFile.of().parse(bytes).methods()) {
            if (!method.methodName().equalsString("run")) {
                continue;
            }
            Map<Label, String> labels = new HashMap<>();
            for (CodeElement element : method.code().orElseThrow()) {
                if (element instanceof BranchInstruction branch) {
                    labels.computeIfAbsent(branch.target(), l -> "L" + labels.size());
                }
            }
            for (CodeElement element : method.code().orElseThrow()) {
                switch (element) {
                    case LabelTarget target
                    when labels.containsKey(target.label()) ->
                        text.append(labels.get(target.label())).append(":\n");
                    case Instruction instruction ->
                        text.append("    ").append(line(instruction, labels)).append('\n');
                    default -> {}
                }
            }
        }
        return text.toString();
    }

    private static String line(Instruction instruction, Map<Label, String> labels) {
        String name = instruction.opcode().name().toLowerCase(Locale.ROOT);
        return switch (instruction) {
            case LoadInstruction load -> "load " + load.slot();
            case StoreInstruction store -> "store " + store.slot();
            case BranchInstruction branch -> name + " " + labels.get(branch.target());
            case InvokeInstruction invoke ->
                invoke.owner().name().stringValue().replaceAll(".*/", "") + "." + invoke.name() + " "
                        + invoke.typeSymbol().displayDescriptor();
            case FieldInstruction field ->
                field.owner().name().stringValue().replaceAll(".*/", "") + "." + field.name();
            case ConstantInstruction constant -> "push " + constant.constantValue();
            case IncrementInstruction increment -> "add " + increment.constant() + " to " + increment.slot();
            default -> name;
        };
    }
}
