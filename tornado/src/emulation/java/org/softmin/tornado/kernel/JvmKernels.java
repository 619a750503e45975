package org.softmin.tornado.kernel;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.softmin.tensor.DType;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.plan.Buffer;
import org.softmin.tornado.kernel.Expression.Variable;

/**
 * Kernels as methods over plain arrays, {@code void run(Object[] storages, int group)}: the work of one group, without
 * any device.
 *
 * <p>The items of a group take turns: what lies between two barriers is a loop over all of them, and a variable that
 * lives across a barrier is an array with one element for each.
 */
final class JvmKernels implements KernelCompiler.Form {
    private static final ClassDesc THIS = ClassDesc.of(JvmKernels.class.getPackageName(), "GeneratedKernel");
    private static final MethodTypeDesc RUN = MethodTypeDesc.of(CD_void, CD_Object.arrayType(), CD_int);

    private final CodeBuilder code;
    private final Plan plan;
    private final boolean backwards;
    private final KernelCompiler compiler;

    private JvmKernels(CodeBuilder code, Plan plan, boolean backwards) {
        this.code = code;
        this.plan = plan;
        this.backwards = backwards;
        this.compiler = new KernelCompiler(code, this);
    }

    /** The method of {@code kernel}; {@code backwards} if the last item of a group has the first turn. */
    static MethodHandle compile(Kernel kernel, Plan plan, boolean backwards) {
        byte[] bytes = ClassFile.of()
                .build(
                        THIS,
                        type -> type.withMethodBody(
                                "run",
                                RUN,
                                ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                                code -> new JvmKernels(code, plan, backwards).write(kernel)));
        try {
            MethodHandles.Lookup defined = MethodHandles.lookup().defineHiddenClass(bytes, true);
            MethodType run = MethodType.methodType(void.class, Object[].class, int.class);
            return defined.findStatic(defined.lookupClass(), "run", run);
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new IllegalStateException("kernel: the code generated for " + kernel + " is broken", e);
        }
    }

    private void write(Kernel kernel) {
        code.iload(1).istore(compiler.define(Kernel.GROUP, false));
        for (Kernel.Shared array : kernel.shared()) {
            newArray(array.type(), array.size());
            code.astore(compiler.define(array));
        }
        group(kernel.body(), kernel.items());
        code.return_();
    }

    private void newArray(DType type, int size) {
        code.loadConstant(size).newarray(KernelCompiler.kind(type));
    }

    /** Statements some of which are barriers: those between two of them are done by one item after the other. */
    private void group(List<Statement> body, int items) {
        List<Statement> phase = new ArrayList<>();
        boolean waits = Statement.waits(body);
        for (Statement statement : body) {
            if (waits && statement instanceof Statement.Declare(Variable variable, Expression value)) {
                newArray(variable.type(), items);
                code.astore(compiler.define(variable, true));
            }
            if (statement instanceof Statement.Barrier) {
                phase(phase, items);
            } else if (statement instanceof Statement.For loop && Statement.waits(loop.body())) {
                phase(phase, items);
                compiler.loop(loop, () -> group(loop.body(), items));
            } else {
                phase.add(statement);
            }
        }
        phase(phase, items);
    }

    private void phase(List<Statement> statements, int items) {
        if (!statements.isEmpty()) {
            Variable turn = new Variable(DType.I32, "turn");
            Expression item = backwards ? Functions.minus(Functions.integer(items - 1), turn) : turn;
            List<Statement> work = new ArrayList<>(List.of(new Statement.Declare(Kernel.ITEM, item)));
            work.addAll(statements);
            compiler.write(List.of(
                    new Statement.For(turn, Functions.integer(0), Functions.integer(items), 1, List.copyOf(work))));
            statements.clear();
        }
    }

    @Override
    public void array(Buffer buffer) {
        ClassDesc element = KernelCompiler.kind(buffer.dtype()).upperBound();
        code.aload(0).loadConstant(plan.place(buffer).storage()).aaload().checkcast(element.arrayType());
    }

    @Override
    public int offset(Buffer buffer) {
        return plan.place(buffer).offset();
    }

    @Override
    public void load(DType type) {
        code.arrayLoad(KernelCompiler.kind(type));
    }

    @Override
    public void store(DType type) {
        code.arrayStore(KernelCompiler.kind(type));
    }

    @Override
    public void call(Scalar function, DType type) {
        TypeKind kind = KernelCompiler.kind(type);
        if (function == Scalar.POW) {
            int exponent = code.allocateLocal(TypeKind.DOUBLE);
            code.conversion(kind, TypeKind.DOUBLE).dstore(exponent);
            code.conversion(kind, TypeKind.DOUBLE).dload(exponent);
        } else {
            code.conversion(kind, TypeKind.DOUBLE);
        }
        MethodTypeDesc signature = function == Scalar.POW
                ? MethodTypeDesc.of(CD_double, CD_double, CD_double)
                : MethodTypeDesc.of(CD_double, CD_double);
        String name = function.name().toLowerCase(Locale.ROOT);
        code.invokestatic(ClassDesc.of("java.lang.StrictMath"), name, signature);
        code.conversion(TypeKind.DOUBLE, kind);
    }

    @Override
    public void nonFinite(DType type, double value) {
        KernelCompiler.number(code, type, value);
    }

    @Override
    public void barrier(boolean stored) {
        throw new IllegalStateException("kernel: a barrier where items may differ");
    }
}
