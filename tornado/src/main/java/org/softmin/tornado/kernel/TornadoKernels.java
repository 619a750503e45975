package org.softmin.tornado.kernel;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.softmin.tensor.DType;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.plan.Buffer;

/**
 * Kernels as TornadoVM takes them: a class that is a task, with a static method over its arrays that it compiles for the
 * device.
 *
 * <p>The class has a field for each parameter of the method: TornadoVM takes the fields of a task, in their order, for
 * its arguments, so that there may be any number of them. It finds the method by looking into {@code apply}, and refuses
 * one without a table of its variables. TornadoVM's classes are named here, never touched.
 */
public final class TornadoKernels implements KernelCompiler.Form {
    private static final String API = "uk.ac.manchester.tornado.api.";
    private static final ClassDesc CONTEXT = ClassDesc.of(API + "KernelContext");
    private static final ClassDesc TASK = ClassDesc.of(API + "common.TornadoFunctions$Task");
    private static final ClassDesc MATH = ClassDesc.of(API + "math.TornadoMath");
    private static final ClassDesc INTEGER = ClassDesc.of("java.lang.Integer");
    private static final ClassDesc THIS = ClassDesc.of(GeneratedKernel.class.getName());
    private static final MethodTypeDesc CONSTRUCTOR = MethodTypeDesc.of(CD_void, CD_Object.arrayType());

    /**
     * A kernel's class.
     *
     * @param bytes class named {@link GeneratedKernel}, with a public constructor that takes an {@code Object[]}: a
     *     KernelContext, then the arrays
     * @param storages which arrays of the plan it takes, in this order
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    public record Code(byte[] bytes, List<Integer> storages) {}

    private final CodeBuilder code;
    private final Plan plan;
    private final List<Integer> storages;
    private final KernelCompiler compiler;
    private int item; // the local variable of the item's position

    private TornadoKernels(CodeBuilder code, Plan plan, List<Integer> storages) {
        this.code = code;
        this.plan = plan;
        this.storages = storages;
        this.compiler = new KernelCompiler(code, this);
    }

    /** The class of {@code kernel}. */
    public static Code compile(Kernel kernel, Plan plan) {
        List<Integer> storages = plan.storagesOf(kernel);
        List<ClassDesc> parameters = new ArrayList<>(List.of(CONTEXT));
        storages.forEach(
                storage -> parameters.add(array(plan.storages().get(storage).type())));
        MethodTypeDesc signature = MethodTypeDesc.of(CD_void, parameters);
        String method = "softmin_" + kernel.name(); // alone it might be a word of OpenCL
        byte[] bytes = ClassFile.of().build(THIS, type -> {
            type.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL).withInterfaceSymbols(TASK);
            for (int i = 0; i < parameters.size(); i++) {
                type.withField("p" + i, parameters.get(i), ClassFile.ACC_PRIVATE | ClassFile.ACC_FINAL);
            }
            type.withMethodBody(INIT_NAME, CONSTRUCTOR, ClassFile.ACC_PUBLIC, code -> construct(code, parameters));
            type.withMethodBody("apply", MTD_void, ClassFile.ACC_PUBLIC, code -> {
                for (int i = 0; i < parameters.size(); i++) {
                    code.aload(0).getfield(THIS, "p" + i, parameters.get(i));
                }
                code.invokestatic(THIS, method, signature).return_();
            });
            type.withMethodBody(method, signature, ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC, code -> {
                for (int i = 0; i < parameters.size(); i++) {
                    code.localVariable(i, "p" + i, parameters.get(i), code.startLabel(), code.endLabel());
                }
                new TornadoKernels(code, plan, storages).write(kernel);
            });
        });
        return new Code(bytes, storages);
    }

    private static void construct(CodeBuilder code, List<ClassDesc> fields) {
        code.aload(0).invokespecial(CD_Object, INIT_NAME, MTD_void);
        for (int i = 0; i < fields.size(); i++) {
            code.aload(0).aload(1).loadConstant(i).aaload().checkcast(fields.get(i));
            code.putfield(THIS, "p" + i, fields.get(i));
        }
        code.return_();
    }

    private static ClassDesc array(DType type) {
        return ClassDesc.of(API + "types.arrays."
                + switch (type) {
                    case F32 -> "FloatArray";
                    case F64 -> "DoubleArray";
                    case I32, BOOL -> "IntArray";
                });
    }

    private static ClassDesc element(DType type) {
        return KernelCompiler.kind(type).upperBound();
    }

    private void write(Kernel kernel) {
        position("groupIdx", compiler.define(Kernel.GROUP, false));
        item = compiler.define(Kernel.ITEM, false);
        position("localIdx", item);
        for (Kernel.Shared array : kernel.shared()) {
            String allocate = switch (array.type()) {
                case F32 -> "allocateFloatLocalArray";
                case F64 -> "allocateDoubleLocalArray";
                case I32, BOOL -> "allocateIntLocalArray";
            };
            code.aload(0).loadConstant(array.size());
            code.invokevirtual(
                    CONTEXT, allocate, MethodTypeDesc.of(element(array.type()).arrayType(), CD_int));
            code.astore(compiler.define(array));
        }
        compiler.write(kernel.body());
        code.return_();
    }

    private void position(String field, int slot) {
        code.aload(0).getfield(CONTEXT, field, INTEGER);
        code.invokevirtual(INTEGER, "intValue", MethodTypeDesc.of(CD_int)).istore(slot);
    }

    @Override
    public void array(Buffer buffer) {
        code.aload(1 + storages.indexOf(plan.place(buffer).storage()));
    }

    @Override
    public int offset(Buffer buffer) {
        return plan.place(buffer).offset();
    }

    @Override
    public void load(DType type) {
        code.invokevirtual(array(type), "get", MethodTypeDesc.of(element(type), CD_int));
    }

    @Override
    public void store(DType type) {
        code.invokevirtual(array(type), "set", MethodTypeDesc.of(CD_void, CD_int, element(type)));
    }

    @Override
    public void call(Scalar function, DType type) {
        ClassDesc[] operands = new ClassDesc[function.arity()];
        Arrays.fill(operands, element(type));
        code.invokestatic(MATH, function.name().toLowerCase(Locale.ROOT), MethodTypeDesc.of(element(type), operands));
    }

    /**
     * A quotient by 0, of which TornadoVM does not know that it is 0: as a constant it would write NaN so that OpenCL does
     * not know it, and a double infinity as a float.
     */
    @Override
    public void nonFinite(DType type, double value) {
        KernelCompiler.number(code, type, Double.isNaN(value) ? 0 : Math.signum(value));
        code.iload(item).loadConstant(Integer.SIZE - 1).ishr(); // an item has no negative number
        code.conversion(TypeKind.INT, KernelCompiler.kind(type));
        code.with(OperatorInstruction.of(type == DType.F64 ? Opcode.DDIV : Opcode.FDIV));
    }

    @Override
    public void barrier(boolean stored) {
        if (stored) { // it orders buffers alone
            code.aload(0).invokevirtual(CONTEXT, "globalBarrier", MTD_void);
        }
        code.aload(0).invokevirtual(CONTEXT, "localBarrier", MTD_void);
    }
}
