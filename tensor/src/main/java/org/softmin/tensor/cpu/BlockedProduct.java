package org.softmin.tensor.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.cpu.Gemm.Epilogue;
import org.softmin.tensor.plan.Matrices;

/**
 * One matrix product at a time, cut into blocks that fit the caches and tiles that fit the registers (K. Goto and
 * R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008).
 *
 * <p>A tile is a few rows by one panel of C, a panel a few vectors of columns. A block of tiles, one below the other,
 * goes through the panels of B, packed, from the second cache. A is read where it lies, unless it lies by columns; a B
 * that is near and serves few rows as well.
 *
 * <p>Tried and slower: tiles read one by one, each through all panels (the calls cost a tenth at k = 64); tiles of
 * 12 × 2, 14 × 2 and 8 × 3 vectors (no better in the loop, worse at its ends, and some of them spill); packing a
 * transposed A by columns instead of transposing it (HotSpot's code for such tiles varies between 40 and 99 % of the
 * peak); shallower blocks for a single row of tiles.
 *
 * <p>Of a symmetric product, A·Aᵀ, only the tiles that reach the diagonal or lie above it are computed; the rest is
 * mirrored.
 *
 * @param <A> the array type, {@code float[]} or {@code double[]}
 */
final class BlockedProduct<A> {
    /** Steps of k between two visits to a tile of C. */
    static final int MAX_DEPTH = 384;

    /** Half of a usual second cache: what the panels of B in use may take. */
    private static final int NEAR_BYTES = 512 << 10;

    /** A part of a usual third cache: what several threads pack at once, to wait for each other less often. */
    private static final int FAR_BYTES = 8 << 20;

    /** So few rows read B so few times that packing it does not pay: if it is near, and anyway. */
    private static final int FEW_ROWS_NEAR = 192;

    private static final int FEW_ROWS = 24;

    /** With so few columns, it is rows that go along the vectors. */
    private static final int FEW_COLUMNS = 12;

    /** Steps of k after which fetching the sums of a tile again costs less than packing. */
    private static final int LONG_STRETCH = 64;

    /** Rows of tiles that go through the panels together: their rows of A stay in the second cache. */
    private static final int BLOCK_TILES = 16;

    /** Multiply-adds below which a second thread costs more than it brings. */
    static final long PARALLEL = 1 << 18;

    /** Units of work for each thread, so that a late thread holds up the others less. */
    private static final int UNITS_PER_THREAD = 4;

    private final GemmKernels<A> wide;
    private final Workers workers;
    private final List<Slot> slots = new ArrayList<>();
    private final Workers.Task packing = this::pack;
    private final Workers.Task computing = this::computeUnits;
    private final Workers.Task mirroring = this::mirror;
    private final Workers.Task finishing = this::finish;

    // The product in progress.
    private GemmKernels<A> kernels;
    private int lanes;
    private int tileColumns;
    private int m;
    private int n;
    private int k;
    private A a;
    private int aOffset;
    private int aRow;
    private int aColumn;
    private A b;
    private int bOffset;
    private int bRow;
    private int bColumn;
    private @Nullable Matrices aWindows;
    private @Nullable Matrices bWindows;
    private A c;
    private int cOffset;
    private int cRow;
    private int cColumn;
    private Epilogue epilogue = Epilogue.NOTHING;
    private boolean symmetric;
    private boolean swapped;

    // How it is cut.
    private int rowTiles;
    private int runRows; // rows of A that follow each other evenly, and the tiles that they are cut into
    private int runTiles;
    private int tileHeight;
    private int tallTiles;
    private int panels;
    private int lastPanel;
    private int depth;
    private @Nullable Matrices read; // windows of A, if they are read where they lie
    private boolean packA;
    private boolean packB;
    private int inPlace;
    private int rowUnits;
    private int columnUnits;

    // The part in progress: these panels, these steps of k.
    private int firstPanel;
    private int endPanel;
    private int firstStep;
    private int endStep;
    private A packedB;
    private int packedLength;

    BlockedProduct(GemmKernels<A> kernels, Workers workers) {
        this.wide = kernels;
        this.workers = workers;
        this.kernels = kernels;
        this.packedB = kernels.array(0);
        this.a = packedB;
        this.b = packedB;
        this.c = packedB;
        for (int i = 0; i < workers.threads(); i++) {
            slots.add(new Slot());
        }
    }

    /** What one thread needs for itself. */
    private final class Slot {
        private A packedA = wide.array(0);
        private int packedLength;
        private final A tile = wide.array(wide.tileRows() * wide.tileColumns());
        private final AtomicInteger nextUnit = new AtomicInteger(); // of this thread's share

        void reserve(int length) {
            if (packedLength < length) {
                packedA = wide.array(length);
                packedLength = length;
            }
        }
    }

    /** C = A·B; where windows are given, A or B lies as they say. */
    void multiply(
            int m,
            int n,
            int k,
            A a,
            int aOffset,
            int aRow,
            int aColumn,
            @Nullable Matrices aWindows,
            A b,
            int bOffset,
            int bRow,
            int bColumn,
            @Nullable Matrices bWindows,
            A c,
            int cOffset,
            int cRow,
            Epilogue epilogue) {
        if (m == 0 || n == 0) {
            return;
        }
        if (k == 0) {
            kernels.clear(m, n, c, cOffset, cRow, 1);
            epilogue.block(0, m, 0, n);
            return;
        }
        this.k = k;
        this.c = c;
        this.cOffset = cOffset;
        this.epilogue = epilogue;
        this.aWindows = aWindows;
        this.bWindows = bWindows;
        boolean even = aWindows == null && bWindows == null;
        symmetric = even
                && a == b
                && m == n
                && aOffset == bOffset
                && aRow == bColumn
                && aColumn == bRow
                && n > wide.lanes();
        // Rows of A that lie as such need a transposition first, unless their product fills a narrow vector well.
        boolean fits =
                aRow != 1 && n <= wide.narrow().lanes() && 2 * n > wide.narrow().lanes() && wide.lanes() > 1;
        swapped = even && n <= FEW_COLUMNS && m > 2 * n && (n < wide.lanes() || wide.lanes() == 1) && !fits;
        if (swapped) {
            start(n, m, b, bOffset, bColumn, bRow, a, aOffset, aColumn, aRow, 1, cRow);
        } else {
            start(m, n, a, aOffset, aRow, aColumn, b, bOffset, bRow, bColumn, cRow, 1);
        }
        cut();
    }

    private void start(
            int m,
            int n,
            A a,
            int aOffset,
            int aRow,
            int aColumn,
            A b,
            int bOffset,
            int bRow,
            int bColumn,
            int cRow,
            int cColumn) {
        this.m = m;
        this.n = n;
        this.a = a;
        this.aOffset = aOffset;
        this.aRow = aRow;
        this.aColumn = aColumn;
        this.b = b;
        this.bOffset = bOffset;
        this.bRow = bRow;
        this.bColumn = bColumn;
        this.cRow = cRow;
        this.cColumn = cColumn;
        kernels = n <= wide.narrow().lanes() ? wide.narrow() : wide;
        lanes = kernels.lanes();
        tileColumns = kernels.tileColumns();
    }

    private void cut() {
        read = aWindows != null && servesInPlace(aWindows) ? aWindows : null;
        runRows = read != null ? read.rows().run() : m;
        runTiles = Math.ceilDiv(runRows, kernels.tileRows());
        rowTiles = m / runRows * runTiles;
        tileHeight = runRows / runTiles;
        tallTiles = runRows % runTiles;
        panels = Math.ceilDiv(n, tileColumns);
        // A last panel of one vector would be slow, and of less than one, wrong: it gets one from its neighbour.
        lastPanel = (panels - 1) * tileColumns;
        if (panels > 1 && n - lastPanel <= lanes) {
            lastPanel -= lanes;
        }
        // A single row of tiles reads each panel once, and that best in long stretches.
        int maxDepth = rowTiles == 1 && read == null ? 4 * MAX_DEPTH : MAX_DEPTH;
        int stretch = read != null ? read.columns().run() : k;
        depth = stretch <= maxDepth ? stretch : Math.ceilDiv(stretch, Math.ceilDiv(stretch, maxDepth));
        packA = read == null && (aColumn != 1 || aWindows != null);
        boolean near = (long) k * bRow * kernels.bytes() <= NEAR_BYTES;
        boolean beyond = n < lanes;
        packB = bColumn != 1
                || bWindows != null
                || (beyond ? bRow <= 0 : m > (near ? FEW_ROWS_NEAR : FEW_ROWS) && bRow != tileColumns);

        int panelBytes = tileColumns * kernels.bytes();
        int nearPanels = Math.clamp(NEAR_BYTES / ((long) depth * panelBytes), 1, panels);
        boolean parallel = workers.threads() > 1 && (long) m * n * k >= PARALLEL;
        int threads = workers.threads();
        int wantedUnits = parallel ? UNITS_PER_THREAD * threads : 1;
        int steps = parallel ? Math.clamp(FAR_BYTES / panelBytes, depth, k) : depth;
        if (packA && parallel) { // rather fewer steps than fewer panels: A is packed anew for each part
            steps = Math.clamp(FAR_BYTES / ((long) panels * panelBytes) / depth * depth, depth, k);
        }
        if (read != null) { // no step reaches from one stretch into the next
            steps = steps / depth * depth;
        }
        boolean far = parallel || packA;
        int partPanels = far ? Math.clamp(FAR_BYTES / ((long) steps * panelBytes), 1, panels) : nearPanels;
        // Each thread has columns of its own where a batch is wider than tall: what folds the columns afterwards finds
        // them in the cache of the same core, as it finds rows where it is not. A small A serves panel by panel, a
        // larger one several at once.
        boolean panelwise = (long) m * k * kernels.bytes() <= 2 * NEAR_BYTES;
        boolean byColumns = parallel && n > m && !packA && (panelwise || partPanels >= 2 * wantedUnits);
        int columnCuts = packA ? 1 : Math.ceilDiv(partPanels, nearPanels);
        int rowCuts = wantedUnits;
        if (byColumns) {
            columnCuts = panelwise ? partPanels : Math.ceilDiv(columnCuts, threads) * threads;
            rowCuts = columnCuts % threads == 0 ? Math.ceilDiv(wantedUnits, columnCuts) : threads;
        }
        rowUnits = Math.min(rowTiles, rowCuts);
        // A vector of B reaches beyond the columns of B, which does no harm but at the end of the array.
        inPlace = beyond && !packB ? Math.clamp(1 + Math.floorDiv(kernels.length(b) - lanes - bOffset, bRow), 0, k) : k;
        reserve(
                packB ? partPanels * tileColumns * steps : (k - inPlace) * tileColumns,
                packA ? Math.min(BLOCK_TILES, rowTiles) * kernels.tileRows() * depth : 0);

        packRows(inPlace, k - inPlace, 0, n, 0);
        for (firstPanel = 0; firstPanel < panels; firstPanel = endPanel) {
            endPanel = Math.min(panels, firstPanel + partPanels);
            int width = endPanel - firstPanel;
            columnUnits = Math.min(width, Math.max(columnCuts, Math.ceilDiv(wantedUnits, rowUnits)));
            for (firstStep = 0; firstStep < k; firstStep = endStep) {
                endStep = Math.min(k, firstStep + steps);
                run(packB ? width * Math.ceilDiv(endStep - firstStep, depth) : 0, packing, parallel);
                if (parallel) {
                    for (int i = 0; i < slots.size(); i++) {
                        slots.get(i).nextUnit.set(0);
                    }
                    workers.run(slots.size(), computing);
                } else {
                    computeUnit(0, rowTiles, firstPanel, endPanel, slots.getFirst());
                }
            }
        }
        if (symmetric) {
            run(Math.ceilDiv(n, lanes), mirroring, parallel);
            run(epilogue == Epilogue.NOTHING ? 0 : Math.ceilDiv(n, lanes), finishing, parallel);
        }
    }

    /** Whether stretches of the columns are long, and rows fill their tiles well, so that reading beats packing. */
    private boolean servesInPlace(Matrices windows) {
        int stretch = windows.columns().run();
        int parts = Math.ceilDiv(stretch, MAX_DEPTH);
        int rows = windows.rows().run();
        return n >= lanes
                && windows.columns().stride() == 1
                && stretch >= LONG_STRETCH
                && stretch % parts == 0
                && 8 * rows >= 7 * Math.ceilDiv(rows, kernels.tileRows()) * kernels.tileRows();
    }

    private void run(int tasks, Workers.Task task, boolean parallel) {
        if (parallel) {
            workers.run(tasks, task);
        } else {
            for (int i = 0; i < tasks; i++) {
                task.run(i);
            }
        }
    }

    private void reserve(int lengthB, int lengthA) {
        if (packedLength < lengthB) {
            packedB = kernels.array(lengthB);
            packedLength = lengthB;
        }
        for (int i = 0; i < slots.size(); i++) {
            slots.get(i).reserve(lengthA);
        }
    }

    private int startOfTile(int tile) {
        int within = tile % runTiles;
        return tile / runTiles * runRows + within * tileHeight + Math.min(within, tallTiles);
    }

    private int startOfPanel(int panel) {
        return panel < panels - 1 ? panel * tileColumns : panel < panels ? lastPanel : n;
    }

    /** Where a step of k of a panel lies in {@link #packedB}. */
    private int packedAt(int panel, int step) {
        return ((panel - firstPanel) * (endStep - firstStep) + step - firstStep) * tileColumns;
    }

    private void pack(int task) {
        int width = endPanel - firstPanel;
        int panel = firstPanel + task % width;
        int step = firstStep + task / width * depth;
        int steps = Math.min(depth, endStep - step);
        int from = startOfPanel(panel);
        int columns = startOfPanel(panel + 1) - from;
        packRows(step, steps, from, columns, packedAt(panel, step));
    }

    private void packRows(int step, int steps, int from, int columns, int to) {
        if (bWindows != null) {
            copy(bWindows, step, steps, from, columns, b, bOffset, packedB, to, tileColumns);
        } else {
            int source = bOffset + step * bRow + from * bColumn;
            kernels.copy(steps, columns, b, source, bRow, bColumn, packedB, to, tileColumns, 1);
        }
        // Leftovers here would do no harm but one: some processors are slow on denormal numbers.
        kernels.clear(columns < lanes ? steps : 0, lanes - columns, packedB, to + columns, tileColumns, 1);
    }

    /** Copies a block of windows, piece by piece of what lies evenly. */
    private void copy(
            Matrices windows,
            int row,
            int rows,
            int column,
            int columns,
            A from,
            int start,
            A to,
            int toStart,
            int toRow) {
        Matrices.Line across = windows.rows();
        Matrices.Line along = windows.columns();
        for (int j = column, right; j < column + columns; j = right) {
            right = Math.min(column + columns, j - j % along.run() + along.run());
            for (int i = row, below; i < row + rows; i = below) {
                below = Math.min(row + rows, i - i % across.run() + across.run());
                kernels.copy(
                        below - i,
                        right - j,
                        from,
                        start + across.at(i) + along.at(j),
                        across.stride(),
                        along.stride(),
                        to,
                        toStart + (i - row) * toRow + j - column,
                        toRow,
                        1);
            }
        }
    }

    /** The units of one share, in order, and then what others have not begun of theirs. */
    private void computeUnits(int share) {
        int units = rowUnits * columnUnits;
        int shares = slots.size();
        for (int turn = 0; turn < shares; turn++) {
            int of = (share + turn) % shares;
            int end = (int) ((long) units * (of + 1) / shares);
            int start = (int) ((long) units * of / shares);
            AtomicInteger next = slots.get(of).nextUnit;
            for (int unit = start + next.getAndIncrement(); unit < end; unit = start + next.getAndIncrement()) {
                int row = unit % rowUnits;
                int column = unit / rowUnits;
                int width = endPanel - firstPanel;
                computeUnit(
                        rowTiles * row / rowUnits,
                        rowTiles * (row + 1) / rowUnits,
                        firstPanel + width * column / columnUnits,
                        firstPanel + width * (column + 1) / columnUnits,
                        slots.get(share));
            }
        }
    }

    private void computeUnit(int firstTile, int endTile, int fromPanel, int toPanel, Slot slot) {
        for (int step = firstStep; step < endStep; step += depth) {
            int steps = Math.min(depth, endStep - step);
            for (int tile = firstTile, end; tile < endTile; tile = end) {
                end = Math.min(endTile, tile + BLOCK_TILES);
                int i = startOfTile(tile);
                int rows = startOfTile(end) - i;
                int source = aOffset + i * aRow + step * aColumn;
                if (aWindows != null && packA) {
                    copy(aWindows, i, rows, step, steps, a, aOffset, slot.packedA, 0, steps);
                } else if (packA) {
                    kernels.copy(rows, steps, a, source, aRow, aColumn, slot.packedA, 0, steps, 1);
                }
                for (int panel = fromPanel; panel < toPanel; panel++) {
                    if (packA) {
                        computePanel(panel, tile, end, step, steps, slot.packedA, 0, steps, slot.tile);
                    } else {
                        int row = read != null ? read.rows().stride() : aRow;
                        computePanel(panel, tile, end, step, steps, a, source, row, slot.tile);
                    }
                }
                if (step + steps == k && !symmetric && epilogue != Epilogue.NOTHING) {
                    int j = startOfPanel(fromPanel);
                    int columns = startOfPanel(toPanel) - j;
                    if (swapped) {
                        epilogue.block(j, j + columns, i, i + rows);
                    } else {
                        epilogue.block(i, i + rows, j, j + columns);
                    }
                }
            }
        }
    }

    /** These tiles of one panel for these steps of k; their rows of A begin at {@code offset}. */
    private void computePanel(
            int panel, int firstTile, int endTile, int step, int steps, A rows, int offset, int row, A edge) {
        int start = startOfPanel(panel);
        int end = startOfPanel(panel + 1);
        int firstRow = startOfTile(firstTile);
        A from = packB ? packedB : b;
        int fromAt = packB ? packedAt(panel, step) : bOffset + step * bRow + start;
        int fromRow = packB ? tileColumns : bRow;
        boolean direct = cColumn == 1 && n >= lanes;
        boolean first = step == 0;
        for (int tile = firstTile, next; tile < endTile; tile = next) {
            int i = startOfTile(tile);
            int height = startOfTile(tile + 1) - i;
            int skip = skip(i, start, end);
            next = tile + 1;
            if (skip < end - start) {
                int rowsAt = offset + (i - firstRow) * row;
                if (read != null) {
                    rowsAt = aOffset + read.rows().at(i) + read.columns().at(step);
                }
                int at = cOffset + i * cRow + (start + skip) * cColumn;
                int width = end - start - skip;
                if (direct) {
                    while (next < endTile
                            && (next % runTiles != 0 || read == null)
                            && startOfTile(next + 1) - startOfTile(next) == height
                            && skip(startOfTile(next), start, end) == skip) {
                        next++;
                    }
                    kernels.tiles(
                            next - tile,
                            height,
                            width,
                            steps,
                            rows,
                            rowsAt,
                            row,
                            from,
                            fromAt + skip,
                            fromRow,
                            c,
                            at,
                            cRow,
                            first);
                } else {
                    int stride = Math.max(width, lanes);
                    if (!first) {
                        kernels.copy(height, width, c, at, cRow, cColumn, edge, 0, stride, 1);
                    }
                    int safe = Math.clamp(inPlace - step, 0, steps);
                    kernels.tiles(
                            1, height, stride, safe, rows, rowsAt, row, from, fromAt, fromRow, edge, 0, stride, first);
                    if (safe < steps) {
                        kernels.tiles(
                                1,
                                height,
                                stride,
                                steps - safe,
                                rows,
                                rowsAt + safe,
                                row,
                                packedB,
                                (step + safe - inPlace) * tileColumns,
                                tileColumns,
                                edge,
                                0,
                                stride,
                                false);
                    }
                    kernels.copy(height, width, edge, 0, stride, 1, c, at, cRow, cColumn);
                }
            }
        }
    }

    /** Columns of a panel that a tile leaves to the mirror: whole blocks, and all or such that a vector is left. */
    private int skip(int row, int start, int end) {
        if (!symmetric || row <= start) {
            return 0;
        }
        int below = (row - start) / lanes * lanes;
        return below >= end - start ? end - start : Math.min(below, end - start - lanes);
    }

    /** Fills what a block of rows has left of the diagonal. */
    private void mirror(int block) {
        int i = block * lanes;
        int rows = Math.min(lanes, n - i);
        kernels.copy(rows, i, c, cOffset + i, 1, cRow, c, cOffset + i * cRow, cRow, 1);
    }

    private void finish(int block) {
        int i = block * lanes;
        epilogue.block(i, Math.min(n, i + lanes), 0, n);
    }
}
