package org.softmin.props;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.attribute.LocalVariableInfo;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.constant.ClassDesc;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.softmin.tensor.DType;
import org.softmin.tensor.Program;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tornado.kernel.Kernel;
import org.softmin.tornado.kernel.Plan;
import org.softmin.tornado.kernel.TornadoKernels;

/** The classes that TornadoVM gets have the form that it compiles, for the kernels of every op. */
class TornadoKernelLaws {
    private static final String API = "uk/ac/manchester/tornado/api/";
    private static final Set<String> CALLS = Set.of(
            "java/lang/Integer.intValue",
            API + "KernelContext.localBarrier",
            API + "KernelContext.globalBarrier",
            API + "KernelContext.allocateFloatLocalArray",
            API + "KernelContext.allocateDoubleLocalArray",
            API + "KernelContext.allocateIntLocalArray");
    private static final Set<String> FUNCTIONS =
            Set.of("abs", "sqrt", "exp", "log", "sin", "cos", "tanh", "floor", "pow");
    private static final int REACHED = 128; // TornadoVM reads the number of a method as a signed byte

    /** None of TornadoVM's classes is here: all of those named are plain ones. */
    private static final ClassFile VERIFIER =
            ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.defaultResolver()
                    .orElse(name -> ClassHierarchyResolver.of(List.of(), Map.of(name, ClassDesc.of("java.lang.Object")))
                            .getClassInfo(name))));

    @TestFactory
    Stream<DynamicTest> everyOpHasKernelsThatTornadoCompiles() {
        return OpTable.rows().stream()
                .filter(row -> row.op() != Scalar.ERF)
                .map(row -> DynamicTest.dynamicTest(row.name(), () -> {
                    Set<String> seen = new HashSet<>();
                    row.cases().accept(example -> {
                        Plan plan = Plan.of(example.program(), true, true);
                        for (Kernel kernel : plan.kernels()) {
                            if (seen.add(kernel.toString())) {
                                check(kernel, TornadoKernels.compile(kernel, plan));
                            }
                        }
                    });
                    assertTrue(!seen.isEmpty(), "no kernel was looked at");
                }));
    }

    /** Of a product that is added to itself TornadoVM wants to make one multiply-add, and fails. */
    @Test
    void noProductIsAddedToItself() {
        for (DType dtype : List.of(DType.F32, DType.F64)) {
            Tensor x = Tensor.input("x", dtype, Shape.of(3));
            Tensor square = x.mul(x);
            Plan plan = Plan.of(Program.of(List.of(x), List.of(square.add(square))), true, true);
            Kernel kernel = plan.kernels().getFirst();
            byte[] bytes = TornadoKernels.compile(kernel, plan).bytes();
            List<Opcode> arithmetic = method(VERIFIER.parse(bytes), "softmin_" + kernel.name())
                    .code()
                    .orElseThrow()
                    .elementStream()
                    .filter(OperatorInstruction.class::isInstance)
                    .map(element -> ((OperatorInstruction) element).opcode())
                    .filter(opcode -> opcode != Opcode.IADD && opcode != Opcode.IMUL)
                    .toList();
            Opcode product = dtype == DType.F32 ? Opcode.FMUL : Opcode.DMUL;
            assertEquals(List.of(product, product), arithmetic, kernel::toString);
        }
    }

    private static void check(Kernel kernel, TornadoKernels.Code code) {
        assertEquals(List.of(), VERIFIER.verify(code.bytes()), kernel::toString);
        ClassModel type = VERIFIER.parse(code.bytes());
        int parameters = 1 + code.storages().size();
        assertEquals(parameters, type.fields().size(), kernel::toString);
        MethodModel method = method(type, "softmin_" + kernel.name());
        assertTrue(kernel.name().matches("[A-Za-z]+"), kernel::toString);
        assertEquals(parameters, method.methodTypeSymbol().parameterCount(), kernel::toString);
        CodeModel body = method.code().orElseThrow();
        assertNamesItsVariables(kernel, body, parameters);
        Set<String> wrong = new TreeSet<>();
        for (CodeElement element : body) {
            switch (element) {
                case InvokeInstruction call -> {
                    if (!isAllowed(call)) {
                        wrong.add(call.owner().asInternalName() + "." + call.name());
                    }
                }
                case OperatorInstruction operator -> {
                    if (operator.opcode() == Opcode.IUSHR
                            || operator.opcode() == Opcode.FREM
                            || operator.opcode() == Opcode.DREM) {
                        wrong.add(operator.opcode().toString());
                    }
                }
                default -> {}
            }
        }
        assertEquals(Set.of(), wrong, kernel::toString);
        InvokeInstruction launched = method(type, "apply")
                .code()
                .orElseThrow()
                .elementStream()
                .filter(InvokeInstruction.class::isInstance)
                .map(InvokeInstruction.class::cast)
                .findFirst()
                .orElseThrow();
        assertEquals(method.methodName(), launched.name(), kernel::toString);
        assertTrue(launched.method().index() < REACHED, () -> launched.method().index() + " of " + kernel);
    }

    private static MethodModel method(ClassModel type, String name) {
        return type.methods().stream()
                .filter(method -> method.methodName().equalsString(name))
                .findFirst()
                .orElseThrow();
    }

    private static void assertNamesItsVariables(Kernel kernel, CodeModel body, int parameters) {
        List<Integer> named =
                body.findAttribute(Attributes.localVariableTable()).orElseThrow().localVariables().stream()
                        .map(LocalVariableInfo::slot)
                        .sorted()
                        .toList();
        assertEquals(IntStream.range(0, parameters).boxed().toList(), named, kernel::toString);
    }

    private static boolean isAllowed(InvokeInstruction call) {
        String owner = call.owner().asInternalName();
        String name = call.name().stringValue();
        if (owner.startsWith(API + "types/arrays/")) {
            return name.equals("get") || name.equals("set");
        }
        return CALLS.contains(owner + "." + name)
                || (owner.equals(API + "math/TornadoMath") && FUNCTIONS.contains(name));
    }
}
