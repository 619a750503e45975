package org.softmin.studies.encoders;

import java.util.List;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.figure.ImageGrid;
import org.softmin.studies.figure.Tone;
import org.softmin.studies.report.Section;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;

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
                data.pictureRows(),
                shown,
                List.of(
                        group("test images", Tone.GREY, data.testImages().rows(0, shown)),
                        group("outputs", Tone.GREY, test.outputs()),
                        group(
                                "outputs − mean image",
                                Tone.DIVERGING,
                                difference(test.outputs(), evaluation.means().image())),
                        group(
                                "outputs − class mean",
                                Tone.DIVERGING,
                                difference(
                                        test.outputs(), evaluation.classMeans().rows(0, shown)))));
        return new Section.Picture(
                "outputs-" + configuration.text(),
                grid,
                "Trained on " + configuration.trained().text() + ", tested on "
                        + configuration.tested().text()
                        + "; each difference is scaled by its own largest magnitude, blue below and orange above.");
    }

    private static ImageGrid.Group group(String label, Tone tone, HostArray rows) {
        return new ImageGrid.Group(label, tone, ImageGrid.images(rows));
    }

    /** Rows minus those of another array, or its only one. */
    private static HostArray difference(HostArray rows, HostArray others) {
        HostArray result = HostArray.zeros(DType.F32, rows.shape());
        for (int i = 0; i < rows.size(); i++) {
            result.set(i, rows.get(i) - others.get(i % others.size()));
        }
        return result;
    }
}
