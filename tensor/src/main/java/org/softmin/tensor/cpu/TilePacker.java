package org.softmin.tensor.cpu;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Generates the code that packs a panel: copies rows of it, or transposes square blocks in registers.
 *
 * <p>In a block of as many vectors as a vector has lanes, row r and lane l change places bit by bit: for each power of
 * two s, and each pair of vectors whose numbers differ in this bit only, the upper half of the one is exchanged with
 * the lower half of the other:
 *
 * <pre>{@code
 * v[r]     = v[r].blend(v[r + s].rearrange(l ^ s), lanes with the bit s)
 * v[r + s] = v[r].rearrange(l ^ s).blend(v[r + s], lanes with the bit s)
 * }</pre>
 *
 * <p>That takes a sixth of the time of a copy by elements. Tried and slower: {@code selectFrom} with two vectors, which
 * is one instruction instead of two but converts its indices each time. It is generated for the reason that
 * {@link TileCompiler} gives: each vector needs a local variable of its own.
 *
 * @param <A> the array type, {@code float[]} or {@code double[]}
 */
final class TilePacker<A> {
    /** What is generated. */
    interface Packing<A> {
        /**
         * Copies {@code count} rows of a panel whose last vector starts at the column {@code last}, or transposes
         * {@code count} blocks side by side, in both cases to rows that are {@code toRow} apart. The rows, or the
         * columns that become rows, are {@code fromStep} apart before.
         */
        void run(int count, A from, int fromOffset, int fromStep, A to, int toOffset, int toRow, int last);
    }

    // The parameters of Packing.run, as numbers of local variables.
    private static final int COUNT = 1;
    private static final int FROM = 2;
    private static final int FROM_OFFSET = 3;
    private static final int FROM_STEP = 4;
    private static final int TO = 5;
    private static final int TO_OFFSET = 6;
    private static final int TO_ROW = 7;
    private static final int LAST = 8;
    private static final MethodTypeDesc RUN =
            MethodTypeDesc.of(CD_void, CD_int, CD_Object, CD_int, CD_int, CD_Object, CD_int, CD_int, CD_int);

    private static final ClassDesc LANES = describe(Lanes.class);
    private static final ClassDesc SPECIES = describe(VectorSpecies.class);
    private static final ClassDesc VECTOR = describe(Vector.class);
    private static final ClassDesc MASK = describe(VectorMask.class);
    private static final ClassDesc SHUFFLE = describe(VectorShuffle.class);

    private final VectorSpecies<?> lanes;
    private final String species;
    private final ClassDesc array;
    private final ClassDesc vector;

    /** A generator for this element type, float or double, with vectors of the one length or the other. */
    TilePacker(Class<?> element, boolean narrow) {
        boolean isFloat = element == float.class;
        VectorSpecies<?> wide = isFloat ? Lanes.F32 : Lanes.F64;
        this.lanes = !narrow ? wide : isFloat ? Lanes.F32_NARROW : Lanes.F64_NARROW;
        this.species = (isFloat ? "F32" : "F64") + (narrow ? "_NARROW" : "");
        this.array = describe(element.arrayType());
        this.vector = describe(isFloat ? FloatVector.class : DoubleVector.class);
    }

    /** Copies rows of a panel of so many vectors, or fewer: those too many are copied again where the last one is. */
    Packing<A> rows(int vectors) {
        return compile("Rows", code -> writeRows(code, vectors));
    }

    /** Transposes blocks. */
    Packing<A> transposition() {
        return compile("Transposed", this::writeTransposition);
    }

    @SuppressWarnings("unchecked")
    private Packing<A> compile(String kind, Consumer<CodeBuilder> loop) {
        String name = "GemmPacking" + species + "_" + kind;
        ClassDesc type = ClassDesc.of(TilePacker.class.getPackageName(), name);
        byte[] bytes = ClassFile.of().build(type, packing -> {
            packing.withInterfaceSymbols(describe(Packing.class));
            packing.withMethodBody(INIT_NAME, MTD_void, ClassFile.ACC_PUBLIC, init -> {
                init.aload(0).invokespecial(CD_Object, INIT_NAME, MTD_void).return_();
            });
            packing.withMethodBody("run", RUN, ClassFile.ACC_PUBLIC, code -> {
                for (int parameter : new int[] {FROM, TO}) {
                    code.aload(parameter).checkcast(array).astore(parameter);
                }
                loop.accept(code);
            });
        });
        try {
            Lookup hidden = MethodHandles.lookup().defineHiddenClassWithClassData(bytes, exchanges(), true);
            return (Packing<A>) hidden.findConstructor(hidden.lookupClass(), MethodType.methodType(void.class))
                    .invoke();
        } catch (Throwable t) {
            throw new LinkageError("gemm: cannot load the generated " + name, t);
        }
    }

    /** For each power of two the shuffle and the mask: what the code refers to as its constants. */
    private List<Object> exchanges() {
        List<Object> constants = new ArrayList<>();
        for (int s = 1; s < lanes.length(); s *= 2) {
            int bit = s;
            constants.add(VectorShuffle.fromOp(lanes, lane -> lane ^ bit));
            boolean[] upper = new boolean[lanes.length()];
            for (int lane = 0; lane < upper.length; lane++) {
                upper[lane] = (lane & bit) != 0;
            }
            constants.add(VectorMask.fromArray(lanes, upper, 0));
        }
        return constants;
    }

    private void writeRows(CodeBuilder code, int vectors) {
        int[] columns = locals(code, TypeKind.INT, vectors);
        for (int v = 0; v < vectors; v++) {
            code.loadConstant(v * lanes.length()).iload(LAST);
            code.invokestatic(describe(Math.class), "min", MethodTypeDesc.of(CD_int, CD_int, CD_int));
            code.istore(columns[v]);
        }
        repeat(code, row -> {
            for (int v = 0; v < vectors; v++) {
                code.getstatic(LANES, species, SPECIES).aload(FROM).iload(FROM_OFFSET);
                code.iload(row).iload(FROM_STEP).imul().iadd().iload(columns[v]).iadd();
                load(code);
                code.aload(TO).iload(TO_OFFSET);
                code.iload(row).iload(TO_ROW).imul().iadd().iload(columns[v]).iadd();
                store(code);
            }
        });
    }

    private void writeTransposition(CodeBuilder code) {
        int length = lanes.length();
        int[] vectors = locals(code, TypeKind.REFERENCE, length);
        int lower = code.allocateLocal(TypeKind.REFERENCE);
        repeat(code, block -> {
            for (int r = 0; r < length; r++) {
                code.getstatic(LANES, species, SPECIES).aload(FROM).iload(FROM_OFFSET);
                code.loadConstant(r).iload(FROM_STEP).imul().iadd();
                code.iload(block).loadConstant(length).imul().iadd();
                load(code);
                code.astore(vectors[r]);
            }
            for (int s = 1, stage = 0; s < length; s *= 2, stage++) {
                for (int r = 0; r < length; r++) {
                    if ((r & s) == 0) {
                        code.aload(vectors[r]).aload(vectors[r + s]);
                        rearrange(code, stage);
                        blend(code, stage);
                        code.astore(lower);
                        code.aload(vectors[r]);
                        rearrange(code, stage);
                        code.aload(vectors[r + s]);
                        blend(code, stage);
                        code.astore(vectors[r + s]);
                        code.aload(lower).astore(vectors[r]);
                    }
                }
            }
            for (int r = 0; r < length; r++) {
                code.aload(vectors[r]).aload(TO).iload(TO_OFFSET);
                code.iload(block).loadConstant(length).imul().loadConstant(r).iadd();
                code.iload(TO_ROW).imul().iadd();
                store(code);
            }
        });
    }

    /** The body for each number below the count; it is given the local variable that holds the number. */
    private static void repeat(CodeBuilder code, IntConsumer body) {
        int number = code.allocateLocal(TypeKind.INT);
        Label next = code.newLabel();
        Label done = code.newLabel();
        code.iconst_0().istore(number);
        code.labelBinding(next).iload(number).iload(COUNT).if_icmpge(done);
        body.accept(number);
        code.iinc(number, 1).goto_(next).labelBinding(done).return_();
    }

    private static int[] locals(CodeBuilder code, TypeKind kind, int count) {
        return IntStream.range(0, count).map(i -> code.allocateLocal(kind)).toArray();
    }

    private void load(CodeBuilder code) {
        code.invokestatic(vector, "fromArray", MethodTypeDesc.of(vector, SPECIES, array, CD_int));
    }

    private void store(CodeBuilder code) {
        code.invokevirtual(vector, "intoArray", MethodTypeDesc.of(CD_void, array, CD_int));
    }

    private void rearrange(CodeBuilder code, int stage) {
        code.loadConstant(constant(2 * stage, SHUFFLE));
        code.invokevirtual(vector, "rearrange", MethodTypeDesc.of(vector, SHUFFLE));
    }

    private void blend(CodeBuilder code, int stage) {
        code.loadConstant(constant(2 * stage + 1, MASK));
        code.invokevirtual(vector, "blend", MethodTypeDesc.of(vector, VECTOR, MASK));
    }

    private static DynamicConstantDesc<?> constant(int index, ClassDesc type) {
        return DynamicConstantDesc.ofNamed(ConstantDescs.BSM_CLASS_DATA_AT, ConstantDescs.DEFAULT_NAME, type, index);
    }

    private static ClassDesc describe(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }
}
