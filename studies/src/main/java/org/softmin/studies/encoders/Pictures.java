package org.softmin.studies.encoders;

import java.util.List;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.figure.ImageGrid;
import org.softmin.studies.figure.Tone;
import org.softmin.studies.report.Section;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

/** Test images with what a network makes of them. */
final class Pictures {
    private Pictures() {}

    /** Images, outputs, and their differences to the mean image and to the mean of the class. */
    static Section.Picture of(Configuration configuration, Outcome.Test test, Evaluation evaluation) {
        DataSet data = evaluation.data();
        int shown = test.outputs().shape().dim(0);
        ImageGrid grid = new ImageGrid(
                "Outputs of " + configuration.text(),
                "Test images, outputs, and the differences of outputs to the mean image and to the class mean.",
                data.columns(),
                data.rows(),
                shown,
                List.of(
                        images("test images", data, data.testImages().rows(0, shown)),
                        images("outputs", data, test.outputs()),
                        difference(
                                "outputs − mean image",
                                data,
                                test.outputs(),
                                evaluation.means().image()),
                        difference(
                                "outputs − class mean",
                                data,
                                test.outputs(),
                                evaluation.classMeans().rows(0, shown))));
        return new Section.Picture(
                "outputs-" + configuration.text(),
                grid,
                "Trained on " + configuration.trained().text() + ", tested on "
                        + configuration.tested().text()
                        + "; each difference is scaled by its own largest magnitude, blue below and orange above.");
    }

    private static ImageGrid.Group images(String label, DataSet data, HostArray rows) {
        Tone tone = data.channels() == 3 ? Tone.COLOUR : Tone.GREY;
        return new ImageGrid.Group(label, tone, ImageGrid.images(rows));
    }

    /** Images minus those of another array, or its only one; of colours their mean, for one sign can be shown. */
    private static ImageGrid.Group difference(String label, DataSet data, HostArray rows, HostArray others) {
        int shown = rows.shape().dim(0);
        int pixels = data.rows() * data.columns();
        HostArray result = HostArray.zeros(DType.F32, Shape.of(shown, pixels));
        for (int i = 0; i < rows.size(); i++) {
            int at = i / (data.channels() * pixels) * pixels + i % pixels;
            double difference = rows.get(i) - others.get(i % others.size());
            result.set(at, result.get(at) + difference / data.channels());
        }
        return new ImageGrid.Group(label, Tone.DIVERGING, ImageGrid.images(result));
    }
}
