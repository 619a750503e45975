package org.softmin.tensor.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.cpu.TileCompiler.Tile;
import org.softmin.tensor.cpu.TilePacker.Packing;

/**
 * The generated code of {@link VectorGemm}, as far as it is fast already: see {@link TileWarmUp}.
 *
 * @param <A> the array type, {@code float[]} or {@code double[]}
 */
final class TileCache<A> implements VectorGemm.Tiles<A> {
    private static final int STEPS = 32;

    private final TileCompiler<A> compiler;
    private final int maxVectors;
    private final int packedRow;

    // What the generated code is warmed up on, by one thread at a time.
    private final A x;
    private final A y;
    private final A z;

    private final List<TileWarmUp<Tile<A>>> tiles = new ArrayList<>();
    private final TileWarmUp<Packing<A>> transposition;
    private final TileWarmUp<Packing<A>> rows;

    /** No tiles yet, later of up to this size. */
    TileCache(Class<?> element, IntFunction<A> arrays, boolean narrow) {
        int maxRows = VectorGemm.rows(narrow);
        this.compiler = new TileCompiler<>(element, narrow);
        this.maxVectors = VectorGemm.vectors(narrow);
        this.packedRow = maxVectors * compiler.lanes();
        this.x = arrays.apply(maxRows * STEPS);
        this.y = arrays.apply(STEPS * packedRow);
        this.z = arrays.apply(STEPS * packedRow);
        for (int rows = 1; rows <= maxRows; rows++) {
            for (int vectors = 1; vectors <= maxVectors; vectors++) {
                for (int variant = 0; variant < 4; variant++) {
                    tiles.add(tile(rows, vectors, variant % 2 == 1, variant >= 2));
                }
            }
        }
        TilePacker<A> packer = new TilePacker<>(element, narrow);
        this.transposition = packing(packer::transposition, 1, compiler.lanes());
        this.rows = packing(() -> packer.rows(maxVectors), STEPS, maxVectors);
    }

    @Override
    public int lanes() {
        return compiler.lanes();
    }

    @Override
    public @Nullable Tile<A> tile(int rows, int vectors, boolean packed, boolean first, long work) {
        int size = (rows - 1) * maxVectors + vectors - 1;
        return tiles.get(4 * size + (packed ? 1 : 0) + (first ? 2 : 0)).get(work);
    }

    @Override
    public @Nullable Packing<A> transposition(long work) {
        return transposition.get(work);
    }

    @Override
    public @Nullable Packing<A> rows(long work) {
        return rows.get(work);
    }

    private TileWarmUp<Tile<A>> tile(int rows, int vectors, boolean packed, boolean first) {
        int columns = vectors * compiler.lanes();
        return new TileWarmUp<>(
                () -> compiler.compile(rows, vectors, packed ? packedRow : 0, first), STEPS * rows * vectors, tile -> {
                    tile.run(1, STEPS, x, 0, STEPS, y, 0, packedRow, z, 0, columns, columns - compiler.lanes());
                });
    }

    private TileWarmUp<Packing<A>> packing(Supplier<Packing<A>> compile, int count, int vectors) {
        return new TileWarmUp<>(compile, count * vectors, packing -> {
            packing.run(count, y, 0, packedRow, z, 0, packedRow, packedRow - compiler.lanes());
        });
    }
}
