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
import java.util.stream.IntStream;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Generates the transposition of square blocks in registers: as many vectors as a vector has lanes.
 *
 * <p>Row r and lane l change places bit by bit: for each power of two s, and each pair of vectors whose numbers differ
 * in this bit only, the upper half of the one is exchanged with the lower half of the other:
 *
 * <pre>{@code
 * v[r]     = v[r].blend(v[r + s].rearrange(l ^ s), lanes with the bit s)
 * v[r + s] = v[r].rearrange(l ^ s).blend(v[r + s], lanes with the bit s)
 * }</pre>
 *
 * <p>It is generated for the reason that {@link TileCompiler} gives: each vector needs a local variable of its own.
 *
 * @param <A> the array type, {@code float[]} or {@code double[]}
 */
final class TileTransposer<A> {
    /** What is generated. */
    interface Strip<A> {
        /** {@code to[toOffset + i * toRow + j] = from[fromOffset + j * fromColumn + i]}: i for all blocks, j one vector. */
        void run(int blocks, A from, int fromOffset, int fromColumn, A to, int toOffset, int toRow);
    }

    // The parameters of Strip.run, as numbers of local variables.
    private static final int BLOCKS = 1;
    private static final int FROM = 2;
    private static final int FROM_OFFSET = 3;
    private static final int FROM_COLUMN = 4;
    private static final int TO = 5;
    private static final int TO_OFFSET = 6;
    private static final int TO_ROW = 7;
    private static final MethodTypeDesc RUN =
            MethodTypeDesc.of(CD_void, CD_int, CD_Object, CD_int, CD_int, CD_Object, CD_int, CD_int);

    private static final ClassDesc LANES = describe(Lanes.class);
    private static final ClassDesc SPECIES = describe(VectorSpecies.class);
    private static final ClassDesc VECTOR = describe(Vector.class);
    private static final ClassDesc MASK = describe(VectorMask.class);
    private static final ClassDesc SHUFFLE = describe(VectorShuffle.class);

    private final VectorSpecies<?> lanes;
    private final String species;
    private final ClassDesc array;
    private final ClassDesc vector;

    /** A generator for this element type, float or double. */
    TileTransposer(Class<?> element) {
        boolean isFloat = element == float.class;
        this.lanes = isFloat ? Lanes.F32 : Lanes.F64;
        this.species = isFloat ? "F32" : "F64";
        this.array = describe(element.arrayType());
        this.vector = describe(isFloat ? FloatVector.class : DoubleVector.class);
    }

    /** The transposition of a strip of blocks. */
    @SuppressWarnings("unchecked")
    Strip<A> compile() {
        ClassDesc type = ClassDesc.of(TileTransposer.class.getPackageName(), "Transpose" + species);
        byte[] bytes = ClassFile.of().build(type, strip -> {
            strip.withInterfaceSymbols(describe(Strip.class));
            strip.withMethodBody(INIT_NAME, MTD_void, ClassFile.ACC_PUBLIC, init -> {
                init.aload(0).invokespecial(CD_Object, INIT_NAME, MTD_void).return_();
            });
            strip.withMethodBody("run", RUN, ClassFile.ACC_PUBLIC, this::write);
        });
        try {
            Lookup hidden = MethodHandles.lookup().defineHiddenClassWithClassData(bytes, exchanges(), true);
            return (Strip<A>) hidden.findConstructor(hidden.lookupClass(), MethodType.methodType(void.class))
                    .invoke();
        } catch (Throwable t) {
            throw new LinkageError("gemm: cannot load the generated transposition of " + species, t);
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

    private void write(CodeBuilder code) {
        int length = lanes.length();
        int[] vectors = IntStream.range(0, length)
                .map(i -> code.allocateLocal(TypeKind.REFERENCE))
                .toArray();
        int lower = code.allocateLocal(TypeKind.REFERENCE);
        int block = code.allocateLocal(TypeKind.INT);
        for (int parameter : new int[] {FROM, TO}) {
            code.aload(parameter).checkcast(array).astore(parameter);
        }
        Label next = code.newLabel();
        Label done = code.newLabel();
        code.iconst_0().istore(block);
        code.labelBinding(next).iload(block).iload(BLOCKS).if_icmpge(done);
        for (int r = 0; r < length; r++) {
            code.getstatic(LANES, species, SPECIES).aload(FROM).iload(FROM_OFFSET);
            code.loadConstant(r).iload(FROM_COLUMN).imul().iadd();
            code.iload(block).loadConstant(length).imul().iadd();
            code.invokestatic(vector, "fromArray", MethodTypeDesc.of(vector, SPECIES, array, CD_int));
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
            code.invokevirtual(vector, "intoArray", MethodTypeDesc.of(CD_void, array, CD_int));
        }
        code.iinc(block, 1).goto_(next).labelBinding(done).return_();
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
