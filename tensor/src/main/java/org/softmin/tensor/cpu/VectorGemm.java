package org.softmin.tensor.cpu;

import org.jspecify.annotations.Nullable;
import org.softmin.tensor.cpu.TileCompiler.Tile;
import org.softmin.tensor.cpu.TilePacker.Packing;

/** The inner loops of {@link Gemm} with vectors: tiles of C that fill the vector registers. */
final class VectorGemm<A> implements GemmKernels<A> {
    /**
     * 6 × 4 sums leave, of 32 registers, four for a row of B and one for an element of A; of 16 registers, 3 × 3 do.
     * Few rows and many vectors, not the reverse, because each row of A needs an address: with few, they stay in
     * registers as well and A can be read where it lies.
     */
    static final int ROWS = Lanes.REGISTERS == 32 ? 6 : 3;

    static final int VECTORS = Lanes.REGISTERS == 32 ? 4 : 3;

    /** One vector of columns: as many sums as the machine has multiply-adds in flight. */
    private static final int NARROW_ROWS = 8;

    /**
     * Vectors of a tile that loads C before its steps: half of the largest tile. HotSpot's memory grows with the square of
     * the loads and stores of a method, 34 MB for the whole; and with fewer sums than that, multiply-adds would wait for
     * each other.
     */
    private static final int MOST_LATER_SUMS = 12;

    /** Multiply-adds in the time that plain Java needs to begin a row. */
    private static final int ROW_START = 64;

    /** HotSpot has no instruction to rearrange two doubles: its vectors would be objects. */
    private static final int MIN_TRANSPOSED = 4;

    /** Where the generated code comes from; null as long as plain Java is faster. */
    interface Tiles<A> {
        /** Lanes of a vector. */
        int lanes();

        /** The tile of this size for a B that is packed or not and first steps or later ones, for so much work. */
        @Nullable
        Tile<A> tile(int rows, int vectors, boolean packed, boolean first, long work);

        /** The transposition, for so many elements. */
        @Nullable
        Packing<A> transposition(long work);

        /** The copy of rows of up to {@link #VECTORS} vectors, for so many elements. */
        @Nullable
        Packing<A> rows(long work);
    }

    static final TileCache<float[]> TILES_F32 = new TileCache<>(float.class, float[]::new, false);
    static final TileCache<double[]> TILES_F64 = new TileCache<>(double.class, double[]::new, false);
    private static final TileCache<float[]> NARROW_F32 = new TileCache<>(float.class, float[]::new, true);
    private static final TileCache<double[]> NARROW_F64 = new TileCache<>(double.class, double[]::new, true);

    private final GemmKernels<A> scalar;
    private final Tiles<A> tiles;
    private final GemmKernels<A> narrow;
    private final int rows;
    private final int vectors;
    private final int lanes;

    /** With tiles of vectors of the one length and of the other. */
    VectorGemm(GemmKernels<A> scalar, Tiles<A> wide, Tiles<A> narrow) {
        this.scalar = scalar;
        this.tiles = wide;
        this.narrow = new VectorGemm<>(scalar, narrow);
        this.rows = rows(false);
        this.vectors = vectors(false);
        this.lanes = wide.lanes();
    }

    private VectorGemm(GemmKernels<A> scalar, Tiles<A> narrow) {
        this.scalar = scalar;
        this.tiles = narrow;
        this.narrow = this;
        this.rows = rows(true);
        this.vectors = vectors(true);
        this.lanes = narrow.lanes();
    }

    static GemmKernels<float[]> f32() {
        return new VectorGemm<>(new ScalarGemmF32(), TILES_F32, NARROW_F32);
    }

    static GemmKernels<double[]> f64() {
        return new VectorGemm<>(new ScalarGemmF64(), TILES_F64, NARROW_F64);
    }

    /** The most rows of a tile. */
    static int rows(boolean narrow) {
        return narrow ? NARROW_ROWS : ROWS;
    }

    /** The most vectors of a row of a tile. */
    static int vectors(boolean narrow) {
        return narrow ? 1 : VECTORS;
    }

    @Override
    public GemmKernels<A> narrow() {
        return narrow;
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
    public int length(A array) {
        return scalar.length(array);
    }

    @Override
    public int tileRows() {
        return rows;
    }

    @Override
    public int tileColumns() {
        return vectors * lanes;
    }

    @Override
    public int lanes() {
        return lanes;
    }

    @Override
    public void tiles(
            int count,
            int rows,
            int columns,
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
            boolean first) {
        if (!first && rows * Math.ceilDiv(columns, lanes) > MOST_LATER_SUMS) {
            laterTiles(count, rows, columns, k, a, aOffset, aRow, b, bOffset, bRow, c, cOffset, cRow);
            return;
        }
        boolean packed = bRow == tileColumns();
        long work = (long) count * rows * columns * k + (long) count * rows * ROW_START;
        Tile<A> tile = tiles.tile(rows, Math.ceilDiv(columns, lanes), packed, first, work);
        if (tile == null) {
            scalar.tiles(count, rows, columns, k, a, aOffset, aRow, b, bOffset, bRow, c, cOffset, cRow, first);
        } else {
            tile.run(count, k, a, aOffset, aRow, b, bOffset, bRow, c, cOffset, cRow, columns - lanes);
        }
    }

    /** Each tile in two halves, the upper one of which may be a row larger. */
    private void laterTiles(
            int count,
            int rows,
            int columns,
            int k,
            A a,
            int aOffset,
            int aRow,
            A b,
            int bOffset,
            int bRow,
            A c,
            int cOffset,
            int cRow) {
        int half = rows / 2;
        if (rows == 2 * half) {
            tiles(2 * count, half, columns, k, a, aOffset, aRow, b, bOffset, bRow, c, cOffset, cRow, false);
            return;
        }
        int upper = rows - half;
        for (int tile = 0; tile < count; tile++) {
            int ai = aOffset + tile * rows * aRow;
            int ci = cOffset + tile * rows * cRow;
            tiles(1, upper, columns, k, a, ai, aRow, b, bOffset, bRow, c, ci, cRow, false);
            tiles(1, half, columns, k, a, ai + upper * aRow, aRow, b, bOffset, bRow, c, ci + upper * cRow, cRow, false);
        }
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
        if (toColumn == 1 && columns >= lanes && fromColumn == 1 && columns <= tileColumns()) {
            Packing<A> packing = tiles.rows((long) rows * columns);
            if (packing != null) {
                packing.run(rows, from, fromOffset, fromRow, to, toOffset, toRow, columns - lanes);
                return;
            }
        } else if (toColumn == 1 && columns >= lanes && fromRow == 1 && rows >= lanes && lanes >= MIN_TRANSPOSED) {
            Packing<A> packing = tiles.transposition((long) rows * columns);
            if (packing != null) {
                transpose(packing, rows, columns, from, fromOffset, fromColumn, to, toOffset, toRow);
                return;
            }
        }
        scalar.copy(rows, columns, from, fromOffset, fromRow, fromColumn, to, toOffset, toRow, toColumn);
    }

    /** In whole blocks; the last ones overlap those before them. */
    private void transpose(
            Packing<A> packing,
            int rows,
            int columns,
            A from,
            int fromOffset,
            int fromColumn,
            A to,
            int toOffset,
            int toRow) {
        int blocks = rows / lanes;
        int rest = rows - lanes;
        for (int start = 0; start < columns; start += lanes) {
            int j = Math.min(start, columns - lanes);
            int source = fromOffset + j * fromColumn;
            packing.run(blocks, from, source, fromColumn, to, toOffset + j, toRow, 0);
            if (blocks * lanes < rows) {
                packing.run(1, from, source + rest, fromColumn, to, toOffset + j + rest * toRow, toRow, 0);
            }
        }
    }

    @Override
    public void clear(int rows, int columns, A to, int toOffset, int toRow, int toColumn) {
        scalar.clear(rows, columns, to, toOffset, toRow, toColumn);
    }
}
