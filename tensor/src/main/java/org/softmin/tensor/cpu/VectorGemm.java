package org.softmin.tensor.cpu;

/** The inner loops of {@link Gemm} with vectors: tiles of C that fill the vector registers. */
final class VectorGemm<A> implements GemmKernels<A> {
    /**
     * Six rows by four vectors leave, of 32 registers, four for a row of B and one for an element of A. Few rows and
     * many vectors, and not the reverse, because a row of A needs an address of its own and there are only 16 general
     * registers: A can then be read where it lies. With 16 vector registers, two vectors.
     */
    private static final int ROWS = 6;

    private static final int VECTORS = Lanes.REGISTERS == 32 ? 4 : 2;

    private static final VectorTiles<float[]> TILES_F32 = new VectorTiles<>(float.class, ROWS, VECTORS);
    private static final VectorTiles<double[]> TILES_F64 = new VectorTiles<>(double.class, ROWS, VECTORS);

    private final GemmKernels<A> scalar;
    private final VectorTiles<A> tiles;
    private final int lanes;

    private VectorGemm(GemmKernels<A> scalar, VectorTiles<A> tiles, int lanes) {
        this.scalar = scalar;
        this.tiles = tiles;
        this.lanes = lanes;
    }

    static GemmKernels<float[]> f32(GemmKernels<float[]> scalar) {
        return new VectorGemm<>(scalar, TILES_F32, Lanes.F32.length());
    }

    static GemmKernels<double[]> f64(GemmKernels<double[]> scalar) {
        return new VectorGemm<>(scalar, TILES_F64, Lanes.F64.length());
    }

    @Override
    public int bytes() {
        return scalar.bytes();
    }

    @Override
    public A array(int length) {
        return scalar.array(length);
    }

    @Override
    public int tileRows() {
        return ROWS;
    }

    @Override
    public int tileColumns() {
        return VECTORS * lanes;
    }

    @Override
    public int lanes() {
        return lanes;
    }

    @Override
    public void tile(
            int rows,
            int columns,
            int k,
            A a,
            int aOffset,
            int aRow,
            int aColumn,
            A b,
            int bOffset,
            int bRow,
            A c,
            int cOffset,
            int cRow,
            boolean first) {
        boolean rowMajor = aColumn == 1;
        tiles.get(rows, columns / lanes, rowMajor)
                .run(k, a, aOffset, rowMajor ? aRow : aColumn, b, bOffset, bRow, c, cOffset, cRow, first);
    }

    @Override
    public void matrixVector(
            int rows, int k, A a, int aOffset, int aRow, A x, int xOffset, int xStep, A y, int yOffset, int yStep) {
        scalar.matrixVector(rows, k, a, aOffset, aRow, x, xOffset, xStep, y, yOffset, yStep);
    }

    @Override
    public void copy(
            int rows,
            int columns,
            A from,
            int fromOffset,
            int fromRow,
            int fromColumn,
            A to,
            int toOffset,
            int toRow,
            int toColumn) {
        scalar.copy(rows, columns, from, fromOffset, fromRow, fromColumn, to, toOffset, toRow, toColumn);
    }

    @Override
    public void clear(int rows, int columns, A to, int toOffset, int toRow, int toColumn) {
        scalar.clear(rows, columns, to, toOffset, toRow, toColumn);
    }
}
