package org.softmin.studies.activations;

import java.util.List;
import java.util.Locale;
import org.softmin.tensor.Backend;
import org.softmin.tensor.DType;
import org.softmin.tensor.Executable;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Program;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Type;

/**
 * Activations that are sums of more known features than they have elements: x = Σ_i b_i m_i f_i with directions f_i of
 * length 1, b_i 1 with probability p and else 0, and m_i uniform in [0, 1).
 *
 * <p>Nothing is stored: a block of rows is computed from the seed when it is read, the same whatever is read before.
 * Source: Elhage et al., "Toy models of superposition", arXiv 2209.10652, with random instead of learned directions.
 */
final class Superposition implements ActivationSource {
    private static final int BLOCK = 1024;

    private final long rows;
    private final double active;
    private final HostArray features;
    private final Executable block;
    private final HostArray number = HostArray.zeros(DType.I32, Shape.SCALAR);
    private final HostArray values;
    private long held = -1;

    /**
     * Rows from a seed.
     *
     * @param features how many directions there are
     * @param active how many of them a row holds on average: p · features
     */
    Superposition(long rows, int width, int features, double active, long seed, Backend backend) {
        if (!(active > 0 && active <= features)) {
            throw new IllegalArgumentException("superposition: " + active + " active features of " + features
                    + "; use more than 0 and at most all");
        }
        this.rows = rows;
        this.active = active;
        RandomKey key = RandomKey.of(seed);
        Tensor directions = key.derive("features").normal(DType.F32, Shape.of(features, width));
        Tensor unit = directions
                .div(directions.norm(1).add(1e-8).reshape(features, 1))
                .eval();
        this.features = unit.array();
        this.values = HostArray.zeros(DType.F32, Shape.of(BLOCK, width));
        Shape shape = Shape.of(BLOCK, features);
        this.block = backend.compile(Program.trace(List.of(new Type(DType.I32, Shape.SCALAR)), in -> {
            RandomKey own = key.derive("rows").fold(in.getFirst());
            Tensor on = own.derive("active").uniform(DType.F32, shape).lt(Tensor.scalar(DType.F32, active / features));
            Tensor size = own.derive("size").uniform(DType.F32, shape);
            return List.of(on.where(size, Tensor.zeros(DType.F32, shape)).matmul(unit));
        }));
    }

    /** The true directions [features, width], each of length 1. */
    HostArray features() {
        return features;
    }

    @Override
    public String description() {
        return String.format(
                Locale.ROOT,
                "superposition: %d features in %d dimensions, %s active",
                features.shape().dim(0),
                width(),
                active);
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public int width() {
        return features.shape().dim(1);
    }

    @Override
    public void read(long from, int count, float[] into) {
        int width = width();
        for (int done = 0; done < count; ) {
            long at = from + done;
            if (at / BLOCK != held) {
                held = at / BLOCK;
                number.set(0, (int) held);
                block.run(List.of(number), List.of(values));
            }
            int start = (int) (at % BLOCK);
            int part = Math.min(count - done, BLOCK - start);
            System.arraycopy(values.floats(), values.offset() + start * width, into, done * width, part * width);
            done += part;
        }
    }

    @Override
    public void close() {
        block.close();
    }

    /**
     * How well directions are found: the mean over the true ones of the largest cosine with any learned one; 1 if all are
     * among them.
     *
     * <p>Source: Sharkey, Braun and Millidge, "Taking features out of superposition with sparse autoencoders" (2022).
     *
     * @param truth [features, width], rows of length 1
     * @param learned [units, width], rows of length 1 or 0
     */
    static double meanMaxCosine(Tensor truth, Tensor learned) {
        return truth.matmul(learned.transpose()).max(1).mean().item();
    }
}
