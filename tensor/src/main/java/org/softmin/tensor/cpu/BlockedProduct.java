package org.softmin.tensor.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One matrix product at a time, cut into blocks that fit the caches and tiles that fit the registers (K. Goto and
 * R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008).
 *
 * <p>A tile is a few rows by one panel of C, a panel a few vectors of columns. The rows of A that a tile needs stay in
 * the first cache while the panels of B, packed, stream past from the second; so A is mostly read where it lies.
 *
 * @param <A> the array type, {@code float[]} or {@code double[]}
 */
final class BlockedProduct<A> {
    /** Steps of k between two visits to a tile of C. */
    static final int MAX_DEPTH = 512;

    /** Half of a usual second cache: what the packed panels of B may take, and what needs no packing. */
    private static final int NEAR_BYTES = 512 << 10;

    /** So few rows read B so few times that packing it would not pay. */
    private static final int FEW_ROWS = 24;

    /** Rows of tiles in a unit of work. */
    private static final int MAX_UNIT_TILES = 16;

    /** Multiply-adds below which a second thread costs more than it brings. */
    static final long PARALLEL = 1 << 18;

    /** Units of work for each thread, so that a late thread holds up the others less. */
    private static final int UNITS_PER_THREAD = 4;

    private final GemmKernels<A> kernels;
    private final Workers workers;
    private final int lanes;
    private final int tileColumns;
    private final List<Slot> slots = new ArrayList<>();
    private final Workers.Task packing = this::packPanel;
    private final Workers.Task computing = this::computeUnits;
    private final AtomicInteger nextUnit = new AtomicInteger();

    // The product in progress.
    private int m;
    private int n;
    private A a;
    private int aOffset;
    private int aRow;
    private int aColumn;
    private A b;
    private int bOffset;
    private int bRow;
    private int bColumn;
    private A c;
    private int cOffset;
    private int cRow;
    private int cColumn;

    // How it is cut.
    private int rowTiles;
    private int tileHeight;
    private int tallTiles;
    private int panels;
    private int lastPanel;
    private boolean packA;
    private boolean packB;
    private int unitTiles;
    private int unitPanels;

    // The block in progress: these panels, these steps of k.
    private int firstPanel;
    private int endPanel;
    private int firstStep;
    private int depth;
    private int units;
    private A packedB;
    private int packedLength;

    BlockedProduct(GemmKernels<A> kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
        this.lanes = kernels.lanes();
        this.tileColumns = kernels.tileColumns();
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
        private A packedA = kernels.array(0);
        private int packedLength;
        private final A tile = kernels.array(kernels.tileRows() * tileColumns);

        void reserve(int length) {
            if (packedLength < length) {
                packedA = kernels.array(length);
                packedLength = length;
            }
        }
    }

    void multiply(
            int m,
            int n,
            int k,
            A a,
            int aOffset,
            int aRow,
            int aColumn,
            A b,
            int bOffset,
            int bRow,
            int bColumn,
            A c,
            int cOffset,
            int cRow) {
        if (m == 0 || n == 0) {
            return;
        }
        if (k == 0) {
            kernels.clear(m, n, c, cOffset, cRow, 1);
        } else if (n <= 2 && aColumn == 1) {
            for (int j = 0; j < n; j++) {
                kernels.matrixVector(m, k, a, aOffset, aRow, b, bOffset + j * bColumn, bRow, c, cOffset + j, cRow);
            }
        } else if (m <= 2 && bRow == 1) {
            for (int i = 0; i < m; i++) {
                kernels.matrixVector(
                        n, k, b, bOffset, bColumn, a, aOffset + i * aRow, aColumn, c, cOffset + i * cRow, 1);
            }
        } else if (n <= 2 && m > n) {
            // The long side goes along the vectors.
            start(n, m, b, bOffset, bColumn, bRow, a, aOffset, aColumn, aRow, c, cOffset, 1, cRow);
            blocks(k);
        } else {
            start(m, n, a, aOffset, aRow, aColumn, b, bOffset, bRow, bColumn, c, cOffset, cRow, 1);
            blocks(k);
        }
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
            A c,
            int cOffset,
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
        this.c = c;
        this.cOffset = cOffset;
        this.cRow = cRow;
        this.cColumn = cColumn;
    }

    private void blocks(int k) {
        int bytes = kernels.bytes();
        int maxDepth = Math.ceilDiv(k, Math.ceilDiv(k, MAX_DEPTH));
        rowTiles = Math.ceilDiv(m, kernels.tileRows());
        tileHeight = m / rowTiles;
        tallTiles = m % rowTiles;
        panels = Math.ceilDiv(n, tileColumns);
        // A last panel of one vector would be slow, and of less than one, wrong: it gets one from its neighbour.
        lastPanel = (panels - 1) * tileColumns;
        if (panels > 1 && n - lastPanel <= lanes) {
            lastPanel -= lanes;
        }
        int blockPanels = Math.clamp(NEAR_BYTES / ((long) maxDepth * tileColumns * bytes), 1, panels);
        packA = aColumn != 1 && (aRow != 1 || (long) k * aColumn * bytes > NEAR_BYTES);
        packB = bColumn != 1 || n < lanes || (m > FEW_ROWS && (long) k * bRow * bytes > NEAR_BYTES);

        boolean parallel = workers.threads() > 1 && (long) m * n * k >= PARALLEL;
        int wantedUnits = UNITS_PER_THREAD * workers.threads();
        unitTiles = parallel ? Math.clamp(rowTiles / wantedUnits, 1, MAX_UNIT_TILES) : MAX_UNIT_TILES;
        int rowUnits = Math.ceilDiv(rowTiles, unitTiles);
        unitPanels = parallel ? Math.ceilDiv(blockPanels, Math.ceilDiv(wantedUnits, rowUnits)) : blockPanels;
        reserve(blockPanels * tileColumns * maxDepth, packA ? unitTiles * kernels.tileRows() * maxDepth : 0);

        for (firstPanel = 0; firstPanel < panels; firstPanel = endPanel) {
            endPanel = Math.min(panels, firstPanel + blockPanels);
            for (firstStep = 0; firstStep < k; firstStep += depth) {
                depth = Math.min(maxDepth, k - firstStep);
                units = rowUnits * Math.ceilDiv(endPanel - firstPanel, unitPanels);
                block(parallel);
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

    private void block(boolean parallel) {
        nextUnit.set(0);
        int packedPanels = packB ? endPanel - firstPanel : 0;
        if (parallel) {
            workers.run(packedPanels, packing);
            workers.run(Math.min(units, slots.size()), computing);
        } else {
            for (int i = 0; i < packedPanels; i++) {
                packPanel(i);
            }
            computeUnits(0);
        }
    }

    private int startOfTile(int tile) {
        return tile * tileHeight + Math.min(tile, tallTiles);
    }

    private int startOfPanel(int panel) {
        return panel < panels - 1 ? panel * tileColumns : panel < panels ? lastPanel : n;
    }

    private void packPanel(int index) {
        int from = startOfPanel(firstPanel + index);
        int width = startOfPanel(firstPanel + index + 1) - from;
        int row = Math.max(width, lanes);
        int to = index * tileColumns * depth;
        int source = bOffset + firstStep * bRow + from * bColumn;
        kernels.copy(depth, width, b, source, bRow, bColumn, packedB, to, row, 1);
        // Leftovers here would do no harm but one: some processors are slow on denormal numbers.
        kernels.clear(depth, row - width, packedB, to + width, row, 1);
    }

    private void computeUnits(int slot) {
        for (int unit = nextUnit.getAndIncrement(); unit < units; unit = nextUnit.getAndIncrement()) {
            computeUnit(unit, slots.get(slot));
        }
    }

    private void computeUnit(int unit, Slot slot) {
        int rowUnits = Math.ceilDiv(rowTiles, unitTiles);
        int firstTile = unit % rowUnits * unitTiles;
        int endTile = Math.min(rowTiles, firstTile + unitTiles);
        int fromPanel = firstPanel + unit / rowUnits * unitPanels;
        int toPanel = Math.min(endPanel, fromPanel + unitPanels);
        int firstRow = startOfTile(firstTile);
        int source = aOffset + firstRow * aRow + firstStep * aColumn;
        if (!packA) {
            computeRows(firstTile, endTile, fromPanel, toPanel, a, source, aRow, aColumn, slot.tile);
            return;
        }
        int rows = startOfTile(endTile) - firstRow;
        if (aRow == 1) {
            kernels.copy(depth, rows, a, source, aColumn, 1, slot.packedA, 0, rows, 1);
            computeRows(firstTile, endTile, fromPanel, toPanel, slot.packedA, 0, 1, rows, slot.tile);
        } else {
            kernels.copy(rows, depth, a, source, aRow, aColumn, slot.packedA, 0, depth, 1);
            computeRows(firstTile, endTile, fromPanel, toPanel, slot.packedA, 0, depth, 1, slot.tile);
        }
    }

    private void computeRows(
            int firstTile, int endTile, int fromPanel, int toPanel, A rows, int offset, int row, int column, A edge) {
        int firstRow = startOfTile(firstTile);
        boolean first = firstStep == 0;
        boolean direct = cColumn == 1 && n >= lanes;
        for (int tile = firstTile; tile < endTile; tile++) {
            int i = startOfTile(tile);
            int height = startOfTile(tile + 1) - i;
            int rowsAt = offset + (i - firstRow) * row;
            for (int panel = fromPanel; panel < toPanel; panel++) {
                int j = startOfPanel(panel);
                int width = startOfPanel(panel + 1) - j;
                int wide = Math.max(width, lanes);
                A from = packB ? packedB : b;
                int fromAt = packB ? (panel - firstPanel) * tileColumns * depth : bOffset + firstStep * bRow + j;
                int fromRow = packB ? wide : bRow;
                int at = cOffset + i * cRow + j * cColumn;
                if (direct) {
                    kernels.tile(
                            height, width, depth, rows, rowsAt, row, column, from, fromAt, fromRow, c, at, cRow, first);
                } else {
                    if (!first) {
                        kernels.copy(height, width, c, at, cRow, cColumn, edge, 0, wide, 1);
                    }
                    kernels.tile(
                            height, wide, depth, rows, rowsAt, row, column, from, fromAt, fromRow, edge, 0, wide,
                            first);
                    kernels.copy(height, width, edge, 0, wide, 1, c, at, cRow, cColumn);
                }
            }
        }
    }
}
