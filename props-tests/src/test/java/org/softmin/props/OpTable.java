package org.softmin.props;

import java.util.ArrayList;
import java.util.List;

/** One row for each op: what {@link OpLaws} checks. A new op is added here; until then a test fails. */
final class OpTable {
    private OpTable() {}

    static List<Row> rows() {
        List<Row> rows = new ArrayList<>(ScalarRows.all());
        rows.addAll(MovementRows.all());
        rows.addAll(FoldRows.all());
        rows.addAll(ConvolutionRows.all());
        return rows;
    }
}
