package org.softmin.nn;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Philox;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;

/**
 * Data in batches: rows of one or more arrays together, in an order that is drawn anew for each epoch.
 *
 * <p>The rows are copied into buffers that all batches share, so a batch is valid until the next one is taken, and
 * nothing is allocated. The order depends on key and epoch alone. Use one object from one thread at a time.
 */
public final class Batches {
    private static final int SUGGESTIONS = 3;
    private static final int HALF = Integer.SIZE / 2;

    private final List<HostArray> data;
    private final int rows;
    private final int size;
    private final @Nullable RandomKey key;
    private final boolean dropLast;
    private final List<HostArray> full;
    private final List<HostArray> last;
    private int @Nullable [] order;
    private int orderedEpoch;

    private Batches(List<HostArray> data, int size, @Nullable RandomKey key, boolean dropLast) {
        this.data = data;
        this.rows = data.getFirst().shape().dim(0);
        this.size = size;
        this.key = key;
        this.dropLast = dropLast;
        this.full = data.stream()
                .map(array -> HostArray.zeros(array.dtype(), array.shape().with(0, size)))
                .toList();
        int rest = lastSize();
        this.last = rest == size
                ? full
                : full.stream().map(buffer -> buffer.rows(0, rest)).toList();
    }

    /**
     * All rows of {@code arrays}, in their order, in batches of {@code size}; the last batch may be smaller.
     *
     * @param arrays with equal first dimensions; held, not copied
     */
    public static Batches of(int size, HostArray... arrays) {
        List<HostArray> data = List.of(arrays);
        if (data.isEmpty() || data.stream().anyMatch(a -> a.shape().rank() == 0)) {
            throw new IllegalArgumentException("batches: " + data + " has no rows; pass arrays with a first dimension");
        }
        int rows = data.getFirst().shape().dim(0);
        for (HostArray array : data) {
            if (array.shape().dim(0) != rows) {
                throw new IllegalArgumentException("batches: " + data.getFirst() + " and " + array + " have " + rows
                        + " and " + array.shape().dim(0) + " rows; pass arrays with equal first dimensions");
            }
        }
        if (size < 1 || size > rows) {
            throw new IllegalArgumentException("batches: batches of " + size + " from " + rows + " rows; "
                    + (rows == 0 ? "the data is empty" : "use 1 to " + rows));
        }
        return new Batches(data, size, null, false);
    }

    /** The same data in a new order in each epoch. */
    public Batches shuffle(RandomKey source) {
        return new Batches(data, size, source.derive("epoch"), dropLast);
    }

    /** The same data without a last batch that is smaller than the others; shuffled, other rows are left out each time. */
    public Batches dropLast() {
        return new Batches(data, size, key, true);
    }

    /**
     * This, if every batch has at least {@code count} rows, as losses with a variance need it.
     *
     * @throws IllegalArgumentException if not, with batch sizes that would work
     */
    public Batches requireAtLeast(int count) {
        if (lastSize() < count) {
            throw new IllegalArgumentException("batches: " + refusal(count));
        }
        return this;
    }

    /** An error about the last batch, with batch sizes for which it would be larger. */
    IllegalArgumentException refuseLast(IllegalArgumentException cause) {
        return new IllegalArgumentException(cause.getMessage() + "; " + refusal(lastSize() + 1), cause);
    }

    private String refusal(int count) {
        String sizes = IntStream.rangeClosed(count, rows)
                .filter(s -> rows % s == 0 || rows % s >= count)
                .boxed()
                .sorted((a, b) -> Integer.compare(Math.abs(a - size), Math.abs(b - size)))
                .limit(SUGGESTIONS)
                .sorted()
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
        return rows + " rows in batches of " + size + " leave a last batch of " + lastSize() + ", but " + count
                + " are needed; "
                + (sizes.isEmpty() ? "use more data" : "use another batch size, such as " + sizes + ", or dropLast()");
    }

    /** Rows in the data. */
    public int rows() {
        return rows;
    }

    /** Rows in each batch but the last. */
    public int size() {
        return size;
    }

    /** Rows in the last batch. */
    public int lastSize() {
        return dropLast || rows % size == 0 ? size : rows % size;
    }

    /** Batches in one epoch. */
    public int count() {
        return dropLast ? rows / size : Math.ceilDiv(rows, size);
    }

    /** The buffers of a full batch. */
    List<HostArray> full() {
        return full;
    }

    /** The buffers of the last batch. */
    List<HostArray> last() {
        return last;
    }

    /** The batches of epoch {@code epoch}: lists of one array for each array of the data, valid until the next. */
    public Iterable<List<HostArray>> epoch(int epoch) {
        return epoch(epoch, 0);
    }

    /** The batch of step {@code step}, from 0, of epochs one after the other; valid until the next. */
    public List<HostArray> batch(long step) {
        return epoch(Math.toIntExact(step / count()), (int) (step % count()))
                .iterator()
                .next();
    }

    /** The batches of epoch {@code epoch} from number {@code first} on, to go on where training stopped. */
    Iterable<List<HostArray>> epoch(int epoch, int first) {
        int @Nullable [] order = order(epoch);
        return () -> new Iterator<>() {
            private int batch = first;

            @Override
            public boolean hasNext() {
                return batch < count();
            }

            @Override
            public List<HostArray> next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("batches: epoch " + epoch + " has " + count() + " batches");
                }
                List<HostArray> buffers = batch == count() - 1 ? last : full;
                for (int i = 0; i < buffers.size(); i++) {
                    copy(data.get(i), order, batch * size, buffers.get(i));
                }
                batch++;
                return buffers;
            }
        };
    }

    /** The permutation of {@link RandomKey#permutation}, drawn here so that no program is compiled for each epoch. */
    private int @Nullable [] order(int epoch) {
        if (key == null) {
            return null;
        }
        if (order == null || orderedEpoch != epoch) {
            order = drawn(key, epoch);
            orderedEpoch = epoch;
        }
        return order;
    }

    private int[] drawn(RandomKey source, int epoch) {
        int[] words = source.fold(epoch).words().toInts();
        int[] random = new int[rows];
        Philox.fill(words[0], words[1], 0, 0, 0, random, 0, rows);
        return sorted(random);
    }

    /** The positions of {@code keys} from the smallest to the largest, equal ones in order: a radix sort by halves. */
    private static int[] sorted(int[] keys) {
        int[] order = IntStream.range(0, keys.length).toArray();
        int[] next = new int[keys.length];
        for (int shift : new int[] {0, HALF}) {
            int[] starts = new int[(1 << HALF) + 1];
            for (int key : keys) {
                starts[digit(key, shift) + 1]++;
            }
            for (int i = 1; i < starts.length; i++) {
                starts[i] += starts[i - 1];
            }
            for (int position : order) {
                next[starts[digit(keys[position], shift)]++] = position;
            }
            int[] done = order;
            order = next;
            next = done;
        }
        return order;
    }

    /** Half of the bits of a key; the smallest int comes first. */
    private static int digit(int key, int shift) {
        return (key ^ Integer.MIN_VALUE) >>> shift & ((1 << HALF) - 1);
    }

    private static void copy(HostArray source, int @Nullable [] order, int first, HostArray target) {
        Shape shape = source.shape();
        int width = shape.size(1, shape.rank());
        Object from = storage(source);
        Object to = storage(target);
        for (int i = 0; i < target.shape().dim(0); i++) {
            int row = order == null ? first + i : order[first + i];
            System.arraycopy(from, source.offset() + row * width, to, target.offset() + i * width, width);
        }
    }

    private static Object storage(HostArray array) {
        return switch (array.dtype()) {
            case F32 -> array.floats();
            case F64 -> array.doubles();
            case I32, BOOL -> array.ints();
        };
    }
}
