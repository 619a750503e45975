package org.softmin.tensor.cpu;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

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
import java.util.Locale;
import java.util.stream.IntStream;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Op;
import org.softmin.tensor.Scalar;
import org.softmin.tensor.cpu.FusedKernel.Access;
import org.softmin.tensor.cpu.FusedKernel.Folded;
import org.softmin.tensor.cpu.FusedKernel.Form;
import org.softmin.tensor.cpu.FusedKernel.Sink;
import org.softmin.tensor.cpu.FusedKernel.Source;
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
 * Wide matrices whose columns are folded go along rows, too, with the sums in memory. Down columns the caller cuts the rows into the chunks that are added up apart, and into blocks that stay in the cache.
 * The order of additions is that of {@link FloatLoops}. Every index is affine in the innermost counter with a constant
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

    private static final ClassDesc LANES = describe(Lanes.class);
    private static final ClassDesc MASK = describe(VectorMask.class);
    private static final ClassDesc SPECIES = describe(VectorSpecies.class);
    private static final ClassDesc VECTOR = describe(Vector.class);
    private static final ClassDesc INTS = describe(IntVector.class);
    private static final ClassDesc OPERATORS = describe(VectorOperators.class);
    private static final ClassDesc COMPARISON = describe(VectorOperators.Comparison.class);
    private static final ClassDesc ASSOCIATIVE = describe(VectorOperators.Associative.class);
    private static final ClassDesc INT_ARRAY = CD_int.arrayType();
    private static final MethodTypeDesc RUN =
            MethodTypeDesc.of(CD_void, CD_Object.arrayType(), INT_ARRAY, INT_ARRAY, CD_int, CD_int, CD_int, CD_int);

    /** Names of the vector types and of what belongs to them. */
    private record Names(
            ClassDesc vector,
            ClassDesc element,
            String species,
            String ints,
            ClassDesc math,
            Inline functions,
            int lanes,
            int quarter) {
        /** Vectors that the lanes of a sum are spread over. */
        int vectorsPerFold() {
            return 4 * quarter / lanes;
        }
    }

    private final Names f32;
    private final Names f64;

    /** A compiler for vectors of this machine's width. */
    FusedCompiler() {
        this(Lanes.BITS);
    }

    /** A compiler for vectors of so many bits; only {@link Lanes#BITS} gives kernels that can be run. */
    FusedCompiler(int bits) {
        f32 = new Names(
                describe(FloatVector.class),
                CD_float,
                "F32",
                "I32",
                describe(VectorFloatMath.class),
                new Inline(VectorFloatMath.class),
                bits / Float.SIZE,
                FloatLoops.QUARTER);
        f64 = new Names(
                describe(DoubleVector.class),
                CD_double,
                "F64",
                "I32_HALF",
                describe(VectorDoubleMath.class),
                new Inline(VectorDoubleMath.class),
                bits / Double.SIZE,
                DoubleLoops.QUARTER);
    }

    private static ClassDesc describe(Class<?> type) {
        return type.describeConstable().orElseThrow();
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
            kernel.withInterfaceSymbols(describe(FusedKernel.class));
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
        private final Names names;
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
            this.names = form.type() == DType.F32 ? f32 : f64;
            this.loads = form.loads().size();
            int operands = loads + form.stores().size() + form.folds().size();
            this.vectors = form.foldsDown() || form.folds().isEmpty() ? 1 : names.vectorsPerFold();
            this.arrays = locals(TypeKind.REFERENCE, operands);
            this.offsets = locals(TypeKind.INT, operands);
            this.bases = locals(TypeKind.INT, operands);
            this.registers = locals(TypeKind.REFERENCE, loads + form.code().size());
            this.hoisted = new int[loads];
            for (int i = 0; i < loads; i++) {
                Source load = form.loads().get(i);
                boolean vector = form.down() && load.access() == Access.COLUMN;
                boolean number = load.dtype() != DType.BOOL;
                hoisted[i] = code.allocateLocal(
                        vector ? TypeKind.REFERENCE : number ? TypeKind.from(names.element) : TypeKind.INT);
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
                        .checkcast(arrayOf(form.dtype(i)))
                        .astore(arrays[i]);
                code.aload(OFFSETS).loadConstant(i).iaload().istore(offsets[i]);
            }
            for (int i = 0; i < loads; i++) {
                if (form.loads().get(i).access() == Access.SINGLE) {
                    loadNumber(i, offsets[i], NONE, 0);
                    code.storeLocal(numberOf(i), hoisted[i]);
                }
            }
            if (form.down()) {
                writeDown();
            } else {
                writeAlong();
            }
            code.return_();
        }

        private ClassDesc arrayOf(DType dtype) {
            return dtype == DType.BOOL ? INT_ARRAY : names.element.arrayType();
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
                        code.storeLocal(numberOf(i), hoisted[i]);
                    }
                }
                if (!form.foldsDown()) {
                    startFolds();
                }
                code.iload(TO_COLUMN).iload(FROM_COLUMN).isub();
                code.loadConstant(-vectors * names.lanes).iand();
                code.iload(FROM_COLUMN).iadd().istore(end);
                count(j, FROM_COLUMN, end, names.lanes, () -> {
                    element(NONE);
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
                    total(form.folds().get(f), sums[f]);
                    code.arrayStore(TypeKind.from(names.element));
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
            code.iinc(j, names.lanes).iinc(turns, -1).goto_(next).labelBinding(done);
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
            code.iload(TO_COLUMN)
                    .iload(FROM_COLUMN)
                    .isub()
                    .loadConstant(-names.lanes)
                    .iand();
            code.iload(FROM_COLUMN).iadd().istore(end);
            count(j, FROM_COLUMN, end, names.lanes, () -> columns(NONE));
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
                loadVector(names.vector, arrayOf(form.type()), names.species, () -> sumIndex(fold), mask);
                code.astore(sums[f][0]);
            }
            count(r, FROM_ROW, TO_ROW, 1, () -> element(mask));
            for (int f = 0; f < sums.length; f++) {
                code.aload(sums[f][0]);
                sumIndex(f);
                storeVector(arrayOf(form.type()), names.vector, mask);
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

        /**
         * A mask of the lanes from column j on that are columns, by a comparison: the method made for it has
         * branches, and masks that meet after a branch may become objects.
         */
        private int mask() {
            int mask = code.allocateLocal(TypeKind.REFERENCE);
            code.getstatic(names.math, "IOTA", names.vector).getstatic(OPERATORS, "LT", COMPARISON);
            code.iload(TO_COLUMN).iload(j).isub();
            code.conversion(TypeKind.INT, TypeKind.from(names.element));
            code.invokevirtual(names.vector, "compare", MethodTypeDesc.of(MASK, COMPARISON, names.element))
                    .astore(mask);
            return mask;
        }

        // ---- one vector of elements

        private void element(int mask) {
            for (int i = 0; i < loads; i++) {
                Source load = form.loads().get(i);
                switch (load.access()) {
                    case SPLAT -> {
                        species(names.species);
                        if (load.dtype() == DType.BOOL) {
                            code.loadConstant(load.value() != 0 ? 1 : 0);
                        } else {
                            constant(load.value());
                        }
                        broadcast(load.dtype());
                    }
                    case SINGLE -> broadcastHoisted(i);
                    case ROW -> {
                        if (form.down()) {
                            species(names.species);
                            loadNumber(i, bases[i], r, load.stride());
                            broadcast(load.dtype());
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
                if (store.dtype() == DType.BOOL) {
                    species(names.ints);
                    code.invokestatic(INTS, "zero", MethodTypeDesc.of(INTS, SPECIES))
                            .iconst_1();
                    code.aload(registers[store.register()]);
                    castMask(names.ints);
                    code.invokevirtual(INTS, "blend", MethodTypeDesc.of(INTS, CD_int, MASK));
                } else {
                    code.aload(registers[store.register()]);
                }
                code.aload(arrays[loads + s]);
                index(loads + s, form.down() ? r : j, store.stride());
                storeVector(arrayOf(store.dtype()), store.dtype() == DType.BOOL ? INTS : names.vector, mask);
            }
            for (int f = 0; f < form.folds().size(); f++) {
                Folded fold = form.folds().get(f);
                int sum = sums[f][0];
                boolean inMemory = form.foldsDown() && !form.down();
                if (inMemory) {
                    int result = f;
                    loadVector(names.vector, arrayOf(form.type()), names.species, () -> sumIndex(result), mask);
                    code.astore(sum);
                }
                boolean masked = mask != NONE && !form.foldsDown(); // down, a mask lies on what is stored
                if (masked) {
                    code.aload(sum);
                }
                code.aload(sum).aload(registers[fold.register()]);
                binary(fold.fold() == Fold.SUM ? "add" : fold.fold().name().toLowerCase(Locale.ROOT));
                if (masked) {
                    code.aload(mask);
                    code.invokevirtual(names.vector, "blend", MethodTypeDesc.of(names.vector, VECTOR, MASK));
                }
                if (inMemory) {
                    sumIndex(f);
                    storeVector(arrayOf(form.type()), names.vector, mask);
                } else {
                    code.astore(sum);
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
            boolean truth = form.dtype(operand) == DType.BOOL;
            loadVector(
                    truth ? INTS : names.vector,
                    arrayOf(form.dtype(operand)),
                    truth ? names.ints : names.species,
                    () -> {
                        code.aload(arrays[operand]);
                        index(operand, counter, constant);
                    },
                    mask);
            if (truth) {
                code.getstatic(OPERATORS, "NE", COMPARISON).iconst_0();
                code.invokevirtual(INTS, "compare", MethodTypeDesc.of(MASK, COMPARISON, CD_int));
                castMask(names.species);
            }
        }

        /** Leaves the vector at the array and index that {@code place} leaves on the stack. */
        private void loadVector(ClassDesc vector, ClassDesc array, String species, Runnable place, int mask) {
            species(species);
            place.run();
            if (mask == NONE) {
                code.invokestatic(vector, "fromArray", MethodTypeDesc.of(vector, SPECIES, array, CD_int));
                return;
            }
            code.aload(mask);
            if (vector.equals(INTS)) {
                castMask(names.ints);
            }
            code.invokestatic(vector, "fromArray", MethodTypeDesc.of(vector, SPECIES, array, CD_int, MASK));
        }

        /** Expects vector, array and index on the stack. */
        private void storeVector(ClassDesc array, ClassDesc vector, int mask) {
            if (mask == NONE) {
                code.invokevirtual(vector, "intoArray", MethodTypeDesc.of(CD_void, array, CD_int));
                return;
            }
            code.aload(mask);
            if (vector.equals(INTS)) {
                castMask(names.ints);
            }
            code.invokevirtual(vector, "intoArray", MethodTypeDesc.of(CD_void, array, CD_int, MASK));
        }

        /** Leaves an element, a number or 0 or 1, on the stack. */
        private void loadNumber(int operand, int base, int counter, int constant) {
            code.aload(arrays[operand]).iload(base);
            if (counter != NONE) {
                code.iload(counter).loadConstant(constant).imul().iadd();
            }
            code.arrayLoad(numberOf(operand));
        }

        private TypeKind numberOf(int operand) {
            return form.dtype(operand) == DType.BOOL ? TypeKind.INT : TypeKind.from(names.element);
        }

        /** HotSpot takes this out of the loop; a vector kept in a local over the loop may become an object. */
        private void broadcastHoisted(int operand) {
            species(names.species);
            code.loadLocal(numberOf(operand), hoisted[operand]);
            broadcast(form.dtype(operand));
        }

        /** Expects a species and a number on the stack; leaves a vector, or a mask of a truth value. */
        private void broadcast(DType dtype) {
            if (dtype == DType.BOOL) {
                code.invokeinterface(SPECIES, "maskAll", MethodTypeDesc.of(MASK, CD_boolean));
            } else {
                code.invokestatic(names.vector, "broadcast", MethodTypeDesc.of(names.vector, SPECIES, names.element));
            }
        }

        private void constant(double value) {
            if (names.element.equals(CD_float)) {
                code.loadConstant((float) value);
            } else {
                code.loadConstant(value);
            }
        }

        private void zero() {
            species(names.species);
            code.invokestatic(names.vector, "zero", MethodTypeDesc.of(names.vector, SPECIES));
        }

        private void species(String name) {
            code.getstatic(LANES, name, SPECIES);
        }

        private void castMask(String species) {
            species(species);
            code.invokevirtual(MASK, "cast", MethodTypeDesc.of(MASK, SPECIES));
        }

        private void binary(String name) {
            code.invokevirtual(names.vector, name, MethodTypeDesc.of(names.vector, VECTOR));
        }

        // ---- folds

        private void startFolds() {
            for (int f = 0; f < sums.length; f++) {
                for (int a = 0; a < vectors; a++) {
                    switch (form.folds().get(f).fold()) {
                        case SUM -> zero();
                        case MAX, MIN -> {
                            species(names.species);
                            constant(form.folds().get(f).fold().identity(form.type()));
                            broadcast(form.type());
                        }
                    }
                    code.astore(sums[f][a]);
                }
            }
        }

        /** Leaves what the accumulators of a row come to on the stack, in the order of {@link FloatLoops}. */
        private void total(Folded fold, int[] accumulators) {
            if (fold.fold() != Fold.SUM) {
                String name = fold.fold().name().toLowerCase(Locale.ROOT);
                code.aload(accumulators[0]);
                for (int a = 1; a < accumulators.length; a++) {
                    code.aload(accumulators[a]);
                    binary(name);
                }
                code.getstatic(OPERATORS, fold.fold().name(), ASSOCIATIVE);
                code.invokevirtual(names.vector, "reduceLanes", MethodTypeDesc.of(names.element, ASSOCIATIVE));
                return;
            }
            int parts = names.quarter / names.lanes; // vectors of a quarter
            totalOfParts(accumulators, 0, parts, parts);
        }

        private void totalOfParts(int[] accumulators, int first, int count, int parts) {
            if (count > 1) {
                totalOfParts(accumulators, first, count / 2, parts);
                totalOfParts(accumulators, first + count / 2, count / 2, parts);
                code.with(java.lang.classfile.instruction.OperatorInstruction.of(
                        names.element.equals(CD_float)
                                ? java.lang.classfile.Opcode.FADD
                                : java.lang.classfile.Opcode.DADD));
                return;
            }
            code.aload(accumulators[first]).aload(accumulators[first + 2 * parts]);
            binary("add");
            code.aload(accumulators[first + parts]).aload(accumulators[first + 3 * parts]);
            binary("add");
            binary("add");
            int sum = accumulators[first];
            code.astore(sum);
            for (int by = 1; by < names.lanes; by *= 2) {
                code.aload(sum).aload(sum);
                code.getstatic(names.math, "BY_" + by, describe(VectorShuffle.class));
                code.invokevirtual(
                        names.vector, "rearrange", MethodTypeDesc.of(names.vector, describe(VectorShuffle.class)));
                binary("add");
                code.astore(sum);
            }
            code.aload(sum).iconst_0().invokevirtual(names.vector, "lane", MethodTypeDesc.of(names.element, CD_int));
        }

        // ---- scalar functions

        private void instruction(Step.Instruction instruction) {
            List<Integer> in = instruction.operands();
            int a = registers[in.getFirst()];
            if (!(instruction.op() instanceof Op.Map(Scalar scalar))) {
                cast(in.getFirst(), a, instruction.type());
                return;
            }
            int b = registers[in.get(Math.min(1, in.size() - 1))];
            boolean truth = instruction.type() == DType.BOOL;
            switch (scalar) {
                case NEG, ABS, SQRT ->
                    code.aload(a).invokevirtual(names.vector, name(scalar), MethodTypeDesc.of(names.vector));
                case EXP -> names.functions.call(code, isNegative(in.getFirst()) ? "expOfNegative" : "exp", a);
                case SIGN, FLOOR, CEIL, ROUND, LOG, LOG1P, TANH, ERF -> names.functions.call(code, name(scalar), a);
                case ADD, SUB, MUL, DIV, MIN, MAX -> {
                    code.aload(a).aload(b);
                    binary(name(scalar));
                }
                case LT, LE, EQ, NE -> compare(scalar, typeOf(in.getFirst()), a, b);
                case AND, OR, XOR ->
                    code.aload(a).aload(b).invokevirtual(MASK, name(scalar), MethodTypeDesc.of(MASK, MASK));
                case NOT -> code.aload(a).invokevirtual(MASK, "not", MethodTypeDesc.of(MASK));
                case WHERE -> {
                    int c = registers[in.getLast()];
                    if (truth) { // (a and b) or (c and not a)
                        code.aload(a).aload(b).invokevirtual(MASK, "and", MethodTypeDesc.of(MASK, MASK));
                        code.aload(c).aload(a).invokevirtual(MASK, "andNot", MethodTypeDesc.of(MASK, MASK));
                        code.invokevirtual(MASK, "or", MethodTypeDesc.of(MASK, MASK));
                    } else {
                        code.aload(c).aload(b).aload(a);
                        code.invokevirtual(names.vector, "blend", MethodTypeDesc.of(names.vector, VECTOR, MASK));
                    }
                }
                case SIN, COS, POW, SHL, SHR ->
                    throw new IllegalStateException("fused: there is no vector code for " + scalar);
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

        private void compare(Scalar scalar, DType operands, int a, int b) {
            code.aload(a);
            if (operands != DType.BOOL) {
                code.getstatic(OPERATORS, scalar.name(), COMPARISON).aload(b);
                code.invokevirtual(names.vector, "compare", MethodTypeDesc.of(MASK, COMPARISON, VECTOR));
                return;
            }
            // false < true: a < b is b and not a
            MethodTypeDesc two = MethodTypeDesc.of(MASK, MASK);
            switch (scalar) {
                case LT -> code.pop().aload(b).aload(a).invokevirtual(MASK, "andNot", two);
                case LE ->
                    code.invokevirtual(MASK, "not", MethodTypeDesc.of(MASK))
                            .aload(b)
                            .invokevirtual(MASK, "or", two);
                case EQ -> code.aload(b).invokevirtual(MASK, "eq", two);
                default -> code.aload(b).invokevirtual(MASK, "xor", two);
            }
        }

        private void cast(int register, int a, DType to) {
            DType from = typeOf(register);
            if (from == to) {
                code.aload(a);
            } else if (from == DType.BOOL) {
                zero();
                constant(1);
                code.aload(a);
                code.invokevirtual(names.vector, "blend", MethodTypeDesc.of(names.vector, names.element, MASK));
            } else {
                code.aload(a).getstatic(OPERATORS, "NE", COMPARISON);
                constant(0);
                code.invokevirtual(names.vector, "compare", MethodTypeDesc.of(MASK, COMPARISON, names.element));
            }
        }

        private static String name(Scalar scalar) {
            return scalar.name().toLowerCase(Locale.ROOT);
        }
    }
}
