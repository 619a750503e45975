package org.softmin.tensor.cpu;

import static java.lang.constant.ConstantDescs.CD_Object;
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
import java.util.stream.IntStream;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Generates register tiles: the innermost loop of a matrix product, for one size of tile.
 *
 * <p>A vector stays in a register only if it has a local variable of its own, so a tile of 6 × 4 vectors is a method
 * with 24 of them and 24 multiply-adds per step; and there are as many such methods as there are sizes of tiles, twice
 * for the layouts of B, for first steps and later ones, and for the element types. They are all the same method, which is therefore written down
 * once, as the generator of its bytecode:
 *
 * <pre>{@code
 * for each tile, i being its rows:
 * for each i, v:  FloatVector sum_iv = first ? zero : load(c, cOffset + i * cRow + column(v))
 * for (int p = 0; p < k; p++) {
 *     for each v:     FloatVector b_v = load(b, bOffset + p * bRow + column(v))
 *     for each i:     FloatVector a_i = broadcast(a[aOffset + i * aRow + p])
 *     for each i, v:  sum_iv = a_i.fma(b_v, sum_iv)
 * }
 * for each i, v:  store(sum_iv, c, cOffset + i * cRow + column(v))
 * }</pre>
 *
 * <p>Every index is written as affine in p: HotSpot makes good code of that, and not of indices that are carried along.
 * If {@code bRow} is a constant of the method as well, it takes the range checks out of the loop, which is a tenth of
 * the time: so there is one tile for packed panels and one for a B that is read where it lies. And what happens once
 * per tile has to be short, because the processor looks only some 300 instructions ahead: so there is one tile that
 * starts at zero and one that loads C.
 *
 * @param <A> the array type, {@code float[]} or {@code double[]}
 */
final class TileCompiler<A> {
    /** What is generated. */
    interface Tile<A> {
        /**
         * So many tiles of C = A·B, or C += A·B unless it is for the first steps, one below the other. {@code last} is
         * the column where the last vector starts; it may overlap the one before: then both compute the same.
         */
        void run(
                int tiles,
                int k,
                A a,
                int aOffset,
                int aRow,
                A b,
                int bOffset,
                int bRow,
                A c,
                int cOffset,
                int cRow,
                int last);
    }

    // The parameters of Tile.run, as numbers of local variables.
    private static final int TILES = 1;
    private static final int K = 2;
    private static final int A_ARRAY = 3;
    private static final int A_OFFSET = 4;
    private static final int A_ROW = 5;
    private static final int B_ARRAY = 6;
    private static final int B_OFFSET = 7;
    private static final int B_ROW = 8;
    private static final int C_ARRAY = 9;
    private static final int C_OFFSET = 10;
    private static final int C_ROW = 11;
    private static final int LAST = 12;
    private static final MethodTypeDesc RUN = MethodTypeDesc.of(
            CD_void, CD_int, CD_int, CD_Object, CD_int, CD_int, CD_Object, CD_int, CD_int, CD_Object, CD_int, CD_int,
            CD_int);

    private static final ClassDesc LANES = describe(Lanes.class);
    private static final ClassDesc VECTOR = describe(Vector.class);
    private static final ClassDesc SPECIES = describe(VectorSpecies.class);

    private final int lanes;
    private final String species;
    private final ClassDesc element;
    private final ClassDesc array;
    private final ClassDesc vector;

    /** A generator of tiles for this element type, float or double, with vectors of the one length or the other. */
    TileCompiler(Class<?> element, boolean narrow) {
        boolean isFloat = element == float.class;
        VectorSpecies<?> wide = isFloat ? Lanes.F32 : Lanes.F64;
        this.lanes = !narrow ? wide.length() : isFloat ? Lanes.F32_NARROW.length() : Lanes.F64_NARROW.length();
        this.species = (isFloat ? "F32" : "F64") + (narrow ? "_NARROW" : "");
        this.element = isFloat ? CD_float : CD_double;
        this.array = this.element.arrayType();
        this.vector = describe(isFloat ? FloatVector.class : DoubleVector.class);
    }

    /** Lanes of a vector. */
    int lanes() {
        return lanes;
    }

    /** A tile of this size, for a B whose rows are {@code bRow} apart, or any distance if that is 0. */
    @SuppressWarnings("unchecked")
    Tile<A> compile(int rows, int vectors, int bRow, boolean first) {
        String name = "GemmTile" + species + "_" + rows + "x" + vectors + (bRow == 0 ? "" : "_packed")
                + (first ? "_first" : "");
        ClassDesc type = ClassDesc.of(TileCompiler.class.getPackageName(), name);
        byte[] bytes = ClassFile.of().build(type, tile -> {
            tile.withInterfaceSymbols(describe(Tile.class));
            tile.withMethodBody(INIT_NAME, MTD_void, ClassFile.ACC_PUBLIC, init -> {
                init.aload(0).invokespecial(CD_Object, INIT_NAME, MTD_void).return_();
            });
            tile.withMethodBody("run", RUN, ClassFile.ACC_PUBLIC, code -> {
                new Body(code, rows, vectors, bRow, first).write();
            });
        });
        try {
            Lookup hidden = MethodHandles.lookup().defineHiddenClass(bytes, true);
            return (Tile<A>) hidden.findConstructor(hidden.lookupClass(), MethodType.methodType(void.class))
                    .invoke();
        } catch (Throwable t) {
            throw new LinkageError("gemm: cannot load the generated tile " + name, t);
        }
    }

    private static ClassDesc describe(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }

    /** Writes the bytecode of one {@link Tile#run}. */
    private final class Body {
        private final CodeBuilder code;
        private final int rows;
        private final int vectors;
        private final int bRow;
        private final boolean first;
        private final int[][] sums;

        Body(CodeBuilder code, int rows, int vectors, int bRow, boolean first) {
            this.code = code;
            this.rows = rows;
            this.vectors = vectors;
            this.bRow = bRow;
            this.first = first;
            this.sums = new int[rows][];
            for (int i = 0; i < rows; i++) {
                sums[i] = locals(TypeKind.REFERENCE, vectors);
            }
        }

        void write() {
            for (int parameter : new int[] {A_ARRAY, B_ARRAY, C_ARRAY}) {
                code.aload(parameter).checkcast(array).astore(parameter);
            }
            int tile = code.allocateLocal(TypeKind.INT);
            Label next = code.newLabel();
            Label done = code.newLabel();
            code.iconst_0().istore(tile);
            code.labelBinding(next).iload(tile).iload(TILES).if_icmpge(done);
            startSums();
            multiplyAdd();
            storeSums();
            code.iload(A_OFFSET).loadConstant(rows).iload(A_ROW).imul().iadd().istore(A_OFFSET);
            code.iload(C_OFFSET).loadConstant(rows).iload(C_ROW).imul().iadd().istore(C_OFFSET);
            code.iinc(tile, 1).goto_(next).labelBinding(done);
            code.return_();
        }

        private void startSums() {
            if (first) { // one zero for all: the compiler's memory grows with every call that it inlines
                pushSpecies();
                code.invokestatic(vector, "zero", MethodTypeDesc.of(vector, SPECIES));
                code.astore(sums[0][0]);
            }
            for (int i = 0; i < rows; i++) {
                for (int v = 0; v < vectors; v++) {
                    if (first) {
                        code.aload(sums[0][0]);
                    } else {
                        pushSpecies();
                        code.aload(C_ARRAY);
                        pushIndexOfC(i, v);
                        loadVector();
                    }
                    code.astore(sums[i][v]);
                }
            }
        }

        private void multiplyAdd() {
            int p = code.allocateLocal(TypeKind.INT);
            int[] rowStarts = locals(TypeKind.INT, rows);
            int ai = code.allocateLocal(TypeKind.REFERENCE);
            int[] bs = locals(TypeKind.REFERENCE, vectors);
            for (int i = 0; i < rows; i++) {
                code.iload(A_OFFSET).loadConstant(i).iload(A_ROW).imul().iadd().istore(rowStarts[i]);
            }
            Label next = code.newLabel();
            Label done = code.newLabel();
            code.iconst_0().istore(p);
            code.labelBinding(next).iload(p).iload(K).if_icmpge(done);
            for (int v = 0; v < vectors; v++) {
                pushSpecies();
                code.aload(B_ARRAY).iload(B_OFFSET).iload(p);
                if (bRow == 0) {
                    code.iload(B_ROW);
                } else {
                    code.loadConstant(bRow);
                }
                code.imul().iadd();
                addColumn(v);
                loadVector();
                code.astore(bs[v]);
            }
            for (int i = 0; i < rows; i++) {
                pushSpecies();
                code.aload(A_ARRAY).iload(rowStarts[i]).iload(p).iadd();
                code.arrayLoad(TypeKind.from(element));
                code.invokestatic(vector, "broadcast", MethodTypeDesc.of(vector, SPECIES, element))
                        .astore(ai);
                for (int v = 0; v < vectors; v++) {
                    code.aload(ai).aload(bs[v]).aload(sums[i][v]);
                    code.invokevirtual(vector, "fma", MethodTypeDesc.of(vector, VECTOR, VECTOR))
                            .astore(sums[i][v]);
                }
            }
            code.iinc(p, 1).goto_(next).labelBinding(done);
        }

        private void storeSums() {
            for (int i = 0; i < rows; i++) {
                for (int v = 0; v < vectors; v++) {
                    code.aload(sums[i][v]).aload(C_ARRAY);
                    pushIndexOfC(i, v);
                    code.invokevirtual(vector, "intoArray", MethodTypeDesc.of(CD_void, array, CD_int));
                }
            }
        }

        private int[] locals(TypeKind kind, int count) {
            return IntStream.range(0, count).map(i -> code.allocateLocal(kind)).toArray();
        }

        private void pushSpecies() {
            code.getstatic(LANES, species, SPECIES);
        }

        private void pushIndexOfC(int i, int v) {
            code.iload(C_OFFSET).loadConstant(i).iload(C_ROW).imul().iadd();
            addColumn(v);
        }

        private void addColumn(int v) {
            if (v == vectors - 1) {
                code.iload(LAST).iadd();
            } else {
                code.loadConstant(v * lanes).iadd();
            }
        }

        private void loadVector() {
            code.invokestatic(vector, "fromArray", MethodTypeDesc.of(vector, SPECIES, array, CD_int));
        }
    }
}
