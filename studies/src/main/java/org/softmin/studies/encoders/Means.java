package org.softmin.studies.encoders;

import org.softmin.studies.data.DataSet;
import org.softmin.studies.metrics.OutputMetrics;
import org.softmin.studies.metrics.ReconstructionMetrics;
import org.softmin.tensor.HostArray;

/**
 * What can be made of no input and of labels: the mean image of the training images, and that of each class.
 *
 * @param image F64 [1, pixels]
 * @param classes F64 [classes, pixels]
 */
record Means(HostArray image, HostArray classes) {
    static Means of(DataSet data) {
        return new Means(
                ReconstructionMetrics.meanImage(data.trainImages()),
                OutputMetrics.classMeans(data.trainImages(), data.trainLabels(), data.classes()));
    }

    /** The class mean for each label, F64 [n, pixels]. */
    HostArray byClass(HostArray labels) {
        int n = labels.size();
        int pixels = classes.shape().dim(1);
        HostArray rows = HostArray.zeros(classes.dtype(), classes.shape().with(0, n));
        int[] classOf = labels.toInts();
        for (int i = 0; i < n; i++) {
            System.arraycopy(classes.doubles(), classOf[i] * pixels, rows.doubles(), i * pixels, pixels);
        }
        return rows;
    }
}
