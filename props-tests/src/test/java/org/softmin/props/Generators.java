package org.softmin.props;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;
import net.jqwik.api.domains.DomainContextBase;
import net.jqwik.api.providers.TypeUsage;

/** Gives the laws their random programs and data; use it with {@code @Domain(Generators.class)}. */
class Generators extends DomainContextBase {
    /** Mixed into every seed: another number gives another set of programs ({@code -Dprops.seed=1}). */
    private static final long SEED = Long.getLong("props.seed", 0) * 0x9E3779B97F4A7C15L;

    /** Programs over all ops, of up to 24 steps, or smooth ones of up to 10. */
    @Provide
    Arbitrary<Example> programs(TypeUsage parameter) {
        return parameter.isAnnotated(Smooth.class)
                ? Combinators.combine(seeds(), Arbitraries.integers().between(1, 10))
                        .as(Generators::smooth)
                : Combinators.combine(seeds(), Arbitraries.integers().between(1, 24))
                        .as((seed, size) -> RandomProgram.of(seed, size, RandomProgram.Kind.ANY));
    }

    /** The first program that is away from its kinks by much more than the step of a difference. */
    private static Example smooth(long seed, int size) {
        for (long s = seed; ; s++) {
            Example example = RandomProgram.of(s, size, RandomProgram.Kind.SMOOTH);
            if (Kinks.distance(example) > 1e-4) {
                return example;
            }
        }
    }

    /** Sources of random data. */
    @Provide
    Arbitrary<Lab> labs() {
        return seeds().map(Lab::new);
    }

    private static Arbitrary<Long> seeds() {
        return Arbitraries.integers()
                .between(0, Integer.MAX_VALUE)
                .withoutEdgeCases()
                .map(seed -> seed ^ SEED);
    }
}
