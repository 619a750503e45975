package org.softmin.props;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;
import net.jqwik.api.domains.DomainContextBase;

/** Gives the laws their random programs and data; use it with {@code @Domain(Generators.class)}. */
class Generators extends DomainContextBase {
    /** Mixed into every seed: another number gives another set of programs ({@code -Dprops.seed=1}). */
    private static final long SEED = Long.getLong("props.seed", 0) * 0x9E3779B97F4A7C15L;

    @Provide
    Arbitrary<Example> programs() {
        return Combinators.combine(Arbitraries.integers().between(0, Integer.MAX_VALUE), Arbitraries.integers().between(1, 24))
                .as((seed, size) -> RandomProgram.of(seed ^ SEED, size, RandomProgram.Kind.ANY));
    }
}
