package org.softmin.studies.activations;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.softmin.nn.Initializers;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * An encoder and a decoder with a bias each: a = top_k(ReLU((x − b_dec) W_enc + b_enc)), x̂ = a W_dec + b_dec.
 *
 * <p>The form in which encoders of every kind are evaluated and exchanged; names and layout are those of SAELens.
 * Immutable and thread-safe.
 *
 * @param wEnc [width, units]
 * @param bEnc [units]
 * @param wDec [units, width], a direction for each unit
 * @param bDec [width]
 * @param k how many codes of a row are kept, the largest and of equal ones those of lower units; all where it is the
 *     number of units
 */
public record Dictionary(Tensor wEnc, Tensor bEnc, Tensor wDec, Tensor bDec, int k) {
    /** Added to lengths before something is divided by them. */
    private static final double EPSILON = 1e-8;

    /** Checks that the shapes go together. */
    public Dictionary {
        int width = wEnc.shape().dim(0);
        int units = wEnc.shape().dim(1);
        if (!wDec.shape().equals(Shape.of(units, width))
                || !bEnc.shape().equals(Shape.of(units))
                || !bDec.shape().equals(Shape.of(width))) {
            throw new IllegalArgumentException("dictionary: W_enc " + wEnc.shape() + ", b_enc " + bEnc.shape()
                    + ", W_dec " + wDec.shape() + " and b_dec " + bDec.shape()
                    + " do not go together; give [width, units], [units], [units, width] and [width]");
        }
        if (k < 1 || k > units) {
            throw new IllegalArgumentException(
                    "dictionary: k is " + k + "; use 1 to " + units + ", the number of units");
        }
    }

    /**
     * Initial weights, F32: W_dec of random rows of length 1, W_enc = W_decᵀ, no biases.
     *
     * <p>Source: Gao et al., "Scaling and evaluating sparse autoencoders", arXiv 2406.04093, appendix A.
     */
    static Dictionary of(int width, int units, int k, RandomKey key) {
        Tensor rows = unit(key.normal(DType.F32, Shape.of(units, width))).eval();
        return new Dictionary(
                rows.transpose().eval(),
                Initializers.zeros(DType.F32, Shape.of(units)),
                rows,
                Initializers.zeros(DType.F32, Shape.of(width)),
                k);
    }

    private static Tensor unit(Tensor rows) {
        return rows.div(rows.norm(1).add(EPSILON).reshape(rows.shape().dim(0), 1));
    }

    /** Codes [n, units] of rows [n, width]. */
    Tensor encode(Tensor x) {
        return largest(x.sub(bDec).matmul(wEnc).add(bEnc).relu(), k);
    }

    /** Rows [n, width] from codes [n, units]. */
    Tensor decode(Tensor code) {
        return code.matmul(wDec).add(bDec);
    }

    /** The arrays under their names. */
    SequencedMap<String, HostArray> arrays() {
        SequencedMap<String, HostArray> arrays = new LinkedHashMap<>();
        arrays.put("W_enc", wEnc.array());
        arrays.put("b_enc", bEnc.array());
        arrays.put("W_dec", wDec.array());
        arrays.put("b_dec", bDec.array());
        return arrays;
    }

    int width() {
        return wEnc.shape().dim(0);
    }

    int units() {
        return wEnc.shape().dim(1);
    }

    /** The rows of W_dec at length 1; rows of zeros stay. */
    Tensor directions() {
        return unit(wDec);
    }

    /** The same, with the {@code count} largest codes of a row kept. */
    Dictionary keeping(int count) {
        return new Dictionary(wEnc, bEnc, wDec, bDec, count);
    }

    /**
     * With a reconstruction around b_dec that is {@code gain} times as long, half of it in the encoder: ReLU(c·z) =
     * c·ReLU(z) for c = √gain, so W_dec stays W_encᵀ where it was.
     *
     * @throws ArithmeticException if {@code gain} is not a positive number
     */
    Dictionary withGain(double gain) {
        if (!(gain > 0 && Double.isFinite(gain))) {
            throw new ArithmeticException("dictionary: the best gain is " + gain
                    + ", so its reconstructions point away from the data; train it longer");
        }
        double c = Math.sqrt(gain);
        return new Dictionary(
                wEnc.mul(c).eval(), bEnc.mul(c).eval(), wDec.mul(c).eval(), bDec, k);
    }

    /** For data as they are, if this is for data normalised so; codes come out divided by the scale, like the data. */
    Dictionary denormalized(Normalization normalization) {
        double scale = normalization.scale();
        return new Dictionary(
                wEnc,
                bEnc.div(scale).eval(),
                wDec,
                bDec.div(scale)
                        .add(Tensor.of(normalization.mean()).cast(bDec.dtype()))
                        .eval(),
                k);
    }

    /** The k largest codes of each row, the others 0; of equal ones those of lower units. */
    static Tensor largest(Tensor code, int k) {
        int rows = code.shape().dim(0);
        int units = code.shape().dim(1);
        if (k >= units) {
            return code;
        }
        Tensor first = Tensor.iota(DType.I32, rows).mul(units).reshape(rows, 1);
        Tensor positions = code.neg().argSort(1).slice(1, 0, k).add(first).reshape(rows * k);
        Tensor flat = code.reshape(rows * units);
        return Tensor.zeros(code.dtype(), Shape.of(rows * units))
                .scatterAdd(0, positions, flat.gather(0, positions))
                .reshape(rows, units);
    }
}
