package org.softmin.tensor.cpu;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;
import static org.softmin.tensor.cpu.VectorCode.ALL;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.stream.IntStream;
import org.softmin.tensor.DType;
import org.softmin.tensor.Op;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.cpu.FusedKernel.Access;
import org.softmin.tensor.cpu.FusedKernel.Folded;
import org.softmin.tensor.cpu.FusedKernel.Form;
import org.softmin.tensor.cpu.FusedKernel.Sink;
import org.softmin.tensor.cpu.FusedKernel.Source;
import org.softmin.tensor.cpu.VectorCode.Numbers;
import org.softmin.tensor.plan.Step;

/**
 * Generates the loops of fused steps: elementwise code, its broadcasts and its folds in one pass over memory, where
 * every value stays in a vector register.
 *
 * <p>A kernel along rows is
 *
 * <pre>{@code
 * for each row r:
 *     sums = 0
 *     for (int j = fromColumn; j < bound; j += lanes)
 *         load at base + j; compute; store at base + j; fold into the next of the sums
 *     the rest of the row in the same way, under a mask
 *     result[r] = total of the sums
 * }</pre>
 *
 * and one down columns
 *
 * <pre>{@code
 * for (int j = fromColumn; j < toColumn; j += lanes)       // the last one under a mask
 *     sums = result[j ...]
 *     for (int r = fromRow; r < toRow; r++)
 *         load at base + r * stride; compute; store; fold into the sums
 *     result[j ...] = sums
 * }</pre>
 *
 * Wide matrices whose columns are folded go along rows, too, with the sums in memory. Down columns the caller cuts the
 * rows into the chunks that are added up apart, and into blocks that stay in the cache. The order of additions is that of {@link FloatLoops}. Every index is affine in the innermost counter with a constant
 * factor: only then does HotSpot take the range checks out of the loop. {@code javap}-style text of a kernel is in the
 * golden listing of {@code FusedCompilerTest}.
 */
final class FusedCompiler {
    private static final int ARRAYS = 1;
    private static final int OFFSETS = 2;
    private static final int STRIDES = 3;
    private static final int FROM_ROW = 4;
    private static final int TO_ROW = 5;
    private static final int FROM_COLUMN = 6;
    private static final int TO_COLUMN = 7;
    private static final int NONE = -1;

    private static final ClassDesc INT_ARRAY = CD_int.arrayType();
    private static final MethodTypeDesc RUN =
            MethodTypeDesc.of(CD_void, CD_Object.arrayType(), INT_ARRAY, INT_ARRAY, CD_int, CD_int, CD_int, CD_int);

    private final Numbers f32;
    private final Numbers f64;

    /** A compiler for vectors of this machine's width. */
    FusedCompiler() {
        this(Lanes.BITS);
    }

    /** A compiler for vectors of so many bits; only {@link Lanes#BITS} gives kernels that can be run. */
    FusedCompiler(int bits) {
        f32 = Numbers.f32(bits);
        f64 = Numbers.f64(bits);
    }

    /** Vectors that the lanes of a sum along rows are spread over. */
    static int vectorsPerFold(DType type) {
        return type == DType.F32 ? FloatLoops.LANES / Lanes.F32.length() : DoubleLoops.LANES / Lanes.F64.length();
    }

    /** A kernel of this form. */
    FusedKernel compile(Form form) {
        try {
            Lookup hidden = MethodHandles.lookup().defineHiddenClass(bytes(form), true);
            return (FusedKernel) hidden.findConstructor(hidden.lookupClass(), MethodType.methodType(void.class))
                    .invoke();
        } catch (Throwable t) {
            throw new LinkageError("fused: cannot load the kernel generated for " + form, t);
        }
    }

    /** The class file of a kernel of this form. */
    byte[] bytes(Form form) {
        ClassDesc name = ClassDesc.of(FusedCompiler.class.getPackageName(), "Fused" + form.type());
        return ClassFile.of().build(name, kernel -> {
            kernel.withInterfaceSymbols(ClassDesc.of(FusedKernel.class.getName()));
            kernel.withMethodBody(INIT_NAME, MTD_void, ClassFile.ACC_PUBLIC, init -> {
                init.aload(0).invokespecial(CD_Object, INIT_NAME, MTD_void).return_();
            });
            kernel.withMethodBody("run", RUN, ClassFile.ACC_PUBLIC, code -> new Body(code, form).write());
        });
    }

    /** Writes the bytecode of one {@link FusedKernel#run}. */
    private final class Body {
        private final CodeBuilder code;
        private final Form form;
        private final VectorCode vector;
        private final int lanes;
        private final int loads;
        private final int[] arrays;
        private final int[] offsets; // index of row 0 and column 0
        private final int[] bases; // index without what the innermost counter adds
        private final int[] registers;
        private final int[]
                hoisted; // by load, what does not change in the innermost loop: a number, or a column's vector
        private final int vectors;
        private final int[][] sums; // by fold, its accumulators
        private final int r;
        private final int j;
        private final int end;

        Body(CodeBuilder code, Form form) {
            this.code = code;
            this.form = form;
            Numbers numbers = form.type() == DType.F32 ? f32 : f64;
            this.vector = new VectorCode(code, numbers);
            this.lanes = numbers.lanes();
            this.loads = form.loads().size();
            int operands = loads + form.stores().size() + form.folds().size();
            this.vectors = form.foldsDown() || form.folds().isEmpty() ? 1 : numbers.vectorsPerFold();
            this.arrays = locals(TypeKind.REFERENCE, operands);
            this.offsets = locals(TypeKind.INT, operands);
            this.bases = locals(TypeKind.INT, operands);
            this.registers = locals(TypeKind.REFERENCE, loads + form.code().size());
            this.hoisted = new int[loads];
            for (int i = 0; i < loads; i++) {
                Source load = form.loads().get(i);
                boolean whole = form.down() && load.access() == Access.COLUMN;
                hoisted[i] = code.allocateLocal(whole ? TypeKind.REFERENCE : vector.kind(load.dtype()));
            }
            this.sums = new int[form.folds().size()][];
            for (int f = 0; f < sums.length; f++) {
                sums[f] = locals(TypeKind.REFERENCE, vectors);
            }
            this.r = code.allocateLocal(TypeKind.INT);
            this.j = code.allocateLocal(TypeKind.INT);
            this.end = code.allocateLocal(TypeKind.INT);
        }

        private int[] locals(TypeKind kind, int count) {
            return IntStream.range(0, count).map(i -> code.allocateLocal(kind)).toArray();
        }

        void write() {
            for (int i = 0; i < arrays.length; i++) {
                if (i < loads && form.loads().get(i).access() == Access.SPLAT) {
                    continue;
                }
                code.aload(ARRAYS)
                        .loadConstant(i)
                        .aaload()
                        .checkcast(vector.array(form.dtype(i)))
                        .astore(arrays[i]);
                code.aload(OFFSETS).loadConstant(i).iaload().istore(offsets[i]);
            }
            for (int i = 0; i < loads; i++) {
                if (form.loads().get(i).access() == Access.SINGLE) {
                    loadNumber(i, offsets[i], NONE, 0);
                    code.storeLocal(vector.kind(form.dtype(i)), hoisted[i]);
                }
            }
            if (form.down()) {
                writeDown();
            } else {
                writeAlong();
            }
            code.return_();
        }

        // ---- the two nests

        private void writeAlong() {
            count(r, FROM_ROW, TO_ROW, 1, () -> {
                for (int i = 0; i < loads + form.stores().size(); i++) {
                    Access access = i < loads ? form.loads().get(i).access() : Access.DENSE;
                    if (access == Access.DENSE || access == Access.ROW) {
                        code.iload(r).aload(STRIDES).loadConstant(i).iaload().imul();
                        code.iload(offsets[i]).iadd().istore(bases[i]);
                    } else if (access == Access.COLUMN) {
                        code.iload(offsets[i]).istore(bases[i]);
                    }
                    if (access == Access.ROW) {
                        loadNumber(i, bases[i], NONE, 0);
                        code.storeLocal(vector.kind(form.dtype(i)), hoisted[i]);
                    }
                }
                if (!form.foldsDown()) {
                    startFolds();
                }
                code.iload(TO_COLUMN).iload(FROM_COLUMN).isub();
                code.loadConstant(-vectors * lanes).iand();
                code.iload(FROM_COLUMN).iadd().istore(end);
                count(j, FROM_COLUMN, end, lanes, () -> {
                    element(ALL);
                    rotate();
                });
                if (form.tail()) {
                    writeRest();
                }
                if (form.foldsDown()) {
                    return;
                }
                for (int f = 0; f < sums.length; f++) {
                    int result = loads + form.stores().size() + f;
                    code.aload(arrays[result]).iload(offsets[result]).iload(r).iadd();
                    vector.total(form.folds().get(f).fold(), sums[f]);
                    code.arrayStore(vector.kind(form.type()));
                }
            });
        }

        /** What does not fill all accumulators: as many turns as there are accumulators, so that all come back in place. */
        private void writeRest() {
            int turns = code.allocateLocal(TypeKind.INT);
            Label next = code.newLabel();
            Label done = code.newLabel();
            code.loadConstant(vectors).istore(turns);
            code.labelBinding(next).iload(j).iload(TO_COLUMN).if_icmpge(done);
            element(mask());
            rotate();
            code.iinc(j, lanes).iinc(turns, -1).goto_(next).labelBinding(done);
            if (sums.length > 0 && !form.foldsDown()) {
                Label turn = code.newLabel();
                Label end = code.newLabel();
                code.labelBinding(turn).iload(turns).ifle(end);
                rotate();
                code.iinc(turns, -1).goto_(turn).labelBinding(end);
            }
        }

        /** Brings the next accumulator to the front, which one copy of the loop's body is enough for. */
        private void rotate() {
            if (form.foldsDown()) {
                return;
            }
            for (int[] sum : sums) {
                for (int accumulator : sum) {
                    code.aload(accumulator);
                }
                for (int a = sum.length - 1; a > 0; a--) {
                    code.astore(sum[a - 1]);
                }
                code.astore(sum[sum.length - 1]);
            }
        }

        private void writeDown() {
            code.iload(TO_COLUMN).iload(FROM_COLUMN).isub().loadConstant(-lanes).iand();
            code.iload(FROM_COLUMN).iadd().istore(end);
            count(j, FROM_COLUMN, end, lanes, () -> columns(ALL));
            if (form.tail()) {
                Label done = code.newLabel();
                code.iload(j).iload(TO_COLUMN).if_icmpge(done);
                columns(mask());
                code.labelBinding(done);
            }
        }

        /** All rows of one vector of columns. */
        private void columns(int mask) {
            for (int i = 0; i < loads + form.stores().size(); i++) {
                Access access = i < loads ? form.loads().get(i).access() : Access.DENSE;
                if (access == Access.DENSE) {
                    code.iload(offsets[i]).iload(j).iadd().istore(bases[i]);
                } else if (access == Access.ROW) {
                    code.iload(offsets[i]).istore(bases[i]);
                } else if (access == Access.COLUMN) {
                    code.iload(offsets[i]).iload(j).iadd().istore(bases[i]);
                    loadVector(i, NONE, 0, mask);
                    code.astore(hoisted[i]);
                }
            }
            for (int f = 0; f < sums.length; f++) {
                int fold = f;
                vector.load(form.type(), () -> sumIndex(fold), mask);
                code.astore(sums[f][0]);
            }
            count(r, FROM_ROW, TO_ROW, 1, () -> element(mask));
            for (int f = 0; f < sums.length; f++) {
                int fold = f;
                vector.store(form.type(), sums[f][0], () -> sumIndex(fold), mask);
            }
        }

        /** Leaves the array and the index of the sums of column j on the stack. */
        private void sumIndex(int fold) {
            int result = loads + form.stores().size() + fold;
            code.aload(arrays[result]).iload(offsets[result]).iload(j).iadd();
        }

        /** A counted loop: {@code for (counter = from; counter < to; counter += step)}. */
        private void count(int counter, int from, int to, int step, Runnable body) {
            Label next = code.newLabel();
            Label done = code.newLabel();
            code.iload(from).istore(counter);
            code.labelBinding(next).iload(counter).iload(to).if_icmpge(done);
            body.run();
            code.iinc(counter, step).goto_(next).labelBinding(done);
        }

        /** A mask of the lanes from column j on that are columns. */
        private int mask() {
            int mask = code.allocateLocal(TypeKind.REFERENCE);
            vector.maskOf(() -> code.iload(TO_COLUMN).iload(j).isub());
            code.astore(mask);
            return mask;
        }

        // ---- one vector of elements

        private void element(int mask) {
            for (int i = 0; i < loads; i++) {
                Source load = form.loads().get(i);
                switch (load.access()) {
                    case SPLAT -> vector.splat(load.dtype(), load.value());
                    case SINGLE -> broadcastHoisted(i);
                    case ROW -> {
                        if (form.down()) {
                            int operand = i;
                            vector.broadcast(load.dtype(), () -> loadNumber(operand, bases[operand], r, load.stride()));
                        } else {
                            broadcastHoisted(i);
                        }
                    }
                    case COLUMN -> {
                        if (form.down()) {
                            code.aload(hoisted[i]);
                        } else {
                            loadVector(i, j, 0, mask);
                        }
                    }
                    case DENSE -> loadVector(i, form.down() ? r : j, load.stride(), mask);
                }
                code.astore(registers[i]);
            }
            for (int k = 0; k < form.code().size(); k++) {
                instruction(form.code().get(k));
                code.astore(registers[loads + k]);
            }
            for (int s = 0; s < form.stores().size(); s++) {
                Sink store = form.stores().get(s);
                int operand = loads + s;
                vector.store(
                        store.dtype(),
                        registers[store.register()],
                        () -> {
                            code.aload(arrays[operand]);
                            index(operand, form.down() ? r : j, store.stride());
                        },
                        mask);
            }
            for (int f = 0; f < form.folds().size(); f++) {
                Folded fold = form.folds().get(f);
                int sum = sums[f][0];
                int result = f;
                boolean inMemory = form.foldsDown() && !form.down();
                if (inMemory) {
                    vector.load(form.type(), () -> sumIndex(result), mask);
                    code.astore(sum);
                }
                // down, a mask lies on what is stored
                vector.fold(fold.fold(), sum, registers[fold.register()], form.foldsDown() ? ALL : mask);
                code.astore(sum);
                if (inMemory) {
                    vector.store(form.type(), sum, () -> sumIndex(result), mask);
                }
            }
        }

        /** Index of an element: its base, and the counter times a constant (down) or plus one (along). */
        private void index(int operand, int counter, int constant) {
            code.iload(bases[operand]);
            if (counter == j) {
                code.iload(j).iadd();
            } else if (counter == r) {
                code.iload(r).loadConstant(constant).imul().iadd();
            }
        }

        private void loadVector(int operand, int counter, int constant, int mask) {
            vector.load(
                    form.dtype(operand),
                    () -> {
                        code.aload(arrays[operand]);
                        index(operand, counter, constant);
                    },
                    mask);
        }

        /** Leaves an element, a number or 0 or 1, on the stack. */
        private void loadNumber(int operand, int base, int counter, int constant) {
            code.aload(arrays[operand]).iload(base);
            if (counter != NONE) {
                code.iload(counter).loadConstant(constant).imul().iadd();
            }
            code.arrayLoad(vector.kind(form.dtype(operand)));
        }

        /** HotSpot takes this out of the loop; a vector kept in a local over the loop may become an object. */
        private void broadcastHoisted(int operand) {
            DType dtype = form.dtype(operand);
            vector.broadcast(dtype, () -> code.loadLocal(vector.kind(dtype), hoisted[operand]));
        }

        private void startFolds() {
            for (int f = 0; f < sums.length; f++) {
                for (int a = 0; a < vectors; a++) {
                    vector.identity(form.folds().get(f).fold(), form.type());
                    code.astore(sums[f][a]);
                }
            }
        }

        private void instruction(Step.Instruction instruction) {
            List<Integer> in = instruction.operands();
            DType from = typeOf(in.getFirst());
            int a = registers[in.getFirst()];
            int last = registers[in.getLast()];
            if (!(instruction.op() instanceof Op.Map(Scalar scalar))) {
                vector.cast(from, a, instruction.type());
            } else if (in.size() == 3) {
                vector.select(instruction.type(), a, registers[in.get(1)], last);
            } else if (in.size() == 2) {
                vector.binary(scalar, from, a, last);
            } else if (scalar == Scalar.EXP && isNegative(in.getFirst())) {
                vector.expOfNegative(a);
            } else {
                vector.unary(scalar, a);
            }
        }

        /** Whether a register is −|x|, as in the sigmoid and the softplus. */
        private boolean isNegative(int register) {
            return isResultOf(Scalar.NEG, register)
                    && isResultOf(
                            Scalar.ABS,
                            form.code().get(register - loads).operands().getFirst());
        }

        private boolean isResultOf(Scalar function, int register) {
            return register >= loads && form.code().get(register - loads).op().equals(new Op.Map(function));
        }

        private DType typeOf(int register) {
            return register < loads
                    ? form.loads().get(register).dtype()
                    : form.code().get(register - loads).type();
        }
    }
}
