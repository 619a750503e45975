package org.softmin.props;

import java.util.List;
import org.softmin.tensor.DType;

/** Extents at which loops over vectors go wrong. */
final class Sizes {
    private Sizes() {}

    /** None, one, around one and two vectors of the widest machine (512 bits), and primes. */
    static List<Integer> of(DType dtype) {
        int lanes = 64 / dtype.bytes();
        return List.of(0, 1, 2, 7, lanes - 1, lanes, lanes + 1, 2 * lanes + 3, 31, 101);
    }
}
