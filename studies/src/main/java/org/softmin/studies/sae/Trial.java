package org.softmin.studies.sae;

import java.util.List;
import java.util.Map;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.report.Part;

/** An experiment that trains encoders: which ones it needs, and what it says of them once they are measured. */
interface Trial {
    /** What is trained, by the name of the configuration, in the order of the report. */
    Map<String, Recipe> recipes();

    /** How many seeds each configuration is trained from. */
    int seeds();

    /**
     * Whether it may not see the test images: then its encoders learn from the first five sixths of the training images
     * and are measured on the last sixth.
     */
    default boolean heldOut() {
        return false;
    }

    /**
     * What it adds to the report.
     *
     * @param data what they were trained and measured on
     * @param repetitions one for each configuration and seed, in the order of {@link #recipes}
     */
    Part report(DataSet data, List<Repetition> repetitions);
}
