package org.softmin.props;

import java.util.List;
import org.softmin.tensor.HostArray;

/** Comparison to the bit: −0 is not 0, and all NaN are one. */
final class Bits {
    private Bits() {}

    /** Where two lists of results first differ, described; empty if they do not. */
    static String difference(List<HostArray> expected, List<HostArray> actual) {
        for (int j = 0; j < expected.size(); j++) {
            HostArray a = expected.get(j);
            HostArray b = actual.get(j);
            for (int i = 0; i < a.size(); i++) {
                if (Double.doubleToLongBits(a.get(i)) != Double.doubleToLongBits(b.get(i))) {
                    return "output " + j + " " + a + " element " + i + ": " + a.get(i) + " and " + b.get(i);
                }
            }
        }
        return "";
    }

    /** A number that two equal lists of results share and different ones most likely do not. */
    static long digest(List<HostArray> results) {
        long digest = 0xcbf29ce484222325L;
        for (HostArray array : results) {
            for (int i = 0; i < array.size(); i++) {
                digest = (digest ^ Double.doubleToLongBits(array.get(i))) * 0x100000001b3L;
            }
        }
        return digest;
    }
}
