package org.softmin.studies.bench;

import java.util.Optional;
import java.util.OptionalDouble;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The elementwise chain as one loop in the Vector API, as a programmer would write it for this chain alone. */
public final class ByHand implements Contender {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

    /** Called by the service loader. */
    public ByHand() {}

    @Override
    public String name() {
        return "by hand";
    }

    @Override
    public String describe() {
        return "by hand: a loop in the Vector API, " + S.vectorBitSize() + " bits, one thread";
    }

    @Override
    public void open(int threads) {}

    @Override
    public Optional<Task> task(Workload workload) {
        if (!(workload instanceof Workload.Chain chain) || !chain.sigmoid()) {
            return Optional.empty();
        }
        float[] x = chain.operand("x").floats();
        float[] w = chain.operand("w").floats();
        float[] b = chain.operand("b").floats();
        float[] y = new float[x.length];
        return Optional.of(new Task() {
            @Override
            public void run() {
                ByHand.run(x, w, b, y);
            }

            @Override
            public OptionalDouble check() {
                run();
                return OptionalDouble.of(y[y.length - 1]);
            }
        });
    }

    /** y = x / (1 + exp(−x)) · w + b; exp by 2^n times a polynomial on [−ln2/2, ln2/2]. */
    private static void run(float[] xs, float[] ws, float[] bs, float[] ys) {
        int end = S.loopBound(xs.length);
        for (int i = 0; i < end; i += S.length()) {
            FloatVector x = FloatVector.fromArray(S, xs, i);
            FloatVector t = x.neg().min(88f).max(-87f);
            FloatVector shifted = t.fma(FloatVector.broadcast(S, 1.442695f), FloatVector.broadcast(S, 0x1.8p23f + 127));
            FloatVector n = shifted.sub(0x1.8p23f + 127);
            FloatVector r = n.fma(FloatVector.broadcast(S, -0.6931472f), t);
            r = n.fma(FloatVector.broadcast(S, 1.9046542e-9f), r);
            FloatVector p = FloatVector.broadcast(S, 1.3821054e-3f)
                    .fma(r, FloatVector.broadcast(S, 8.368672e-3f))
                    .fma(r, FloatVector.broadcast(S, 4.1668262e-2f))
                    .fma(r, FloatVector.broadcast(S, 0.16666521f))
                    .fma(r, FloatVector.broadcast(S, 0.49999994f))
                    .fma(r, FloatVector.broadcast(S, 1f))
                    .fma(r, FloatVector.broadcast(S, 1f));
            IntVector power = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
            FloatVector e = p.mul(power.reinterpretAsFloats());
            FloatVector y = x.div(e.add(1f));
            y.fma(FloatVector.fromArray(S, ws, i), FloatVector.fromArray(S, bs, i))
                    .intoArray(ys, i);
        }
        for (int i = end; i < xs.length; i++) {
            ys[i] = xs[i] / (1 + (float) Math.exp(-xs[i])) * ws[i] + bs[i];
        }
    }
}
