package org.softmin.studies.encoders;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.softmin.studies.TrainingFolder;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;
import org.softmin.tensor.io.DataException;

/**
 * What was measured of one network, in each configuration that it is tested in.
 *
 * @param losses mean loss of each epoch, F64
 * @param tests in the order of the configurations
 */
record Outcome(HostArray losses, Map<Configuration, Test> tests) {
    private static final String LOSSES = "losses";
    private static final String OUTPUTS = ".outputs";
    private static final String HISTOGRAM = ".histogram";

    /**
     * One of them.
     *
     * @param metrics by the names of the results; NaN where undefined
     * @param outputs for the first test images, [some, pixels]
     * @param histogram share of the pixels of all outputs by their value, F64
     */
    record Test(Map<String, Double> metrics, HostArray outputs, HostArray histogram) {}

    /** Saves it, so that a run that resumes need not train and test again. */
    void save(TrainingFolder folder) throws IOException {
        Map<String, HostArray> arrays = new LinkedHashMap<>();
        Map<String, Double> metrics = new LinkedHashMap<>();
        arrays.put(LOSSES, losses);
        tests.forEach((configuration, test) -> {
            String name = configuration.text();
            arrays.put(name + OUTPUTS, test.outputs);
            arrays.put(name + HISTOGRAM, test.histogram);
            test.metrics.forEach((metric, value) -> metrics.put(name + "." + metric, value));
        });
        folder.finishMeasured(arrays, metrics);
    }

    /** What {@link #save} saved of a network that was trained on {@code trained}. */
    static Outcome of(TrainingFolder.Result saved, Input trained) throws DataException {
        Map<String, Double> metrics = saved.metrics();
        Map<Configuration, Test> tests = new LinkedHashMap<>();
        for (Configuration configuration : Configuration.values()) {
            if (configuration.trained() == trained) {
                String prefix = configuration.text() + ".";
                Map<String, Double> own = new LinkedHashMap<>();
                metrics.forEach((name, value) -> {
                    if (name.startsWith(prefix)) {
                        own.put(name.substring(prefix.length()), value);
                    }
                });
                tests.put(
                        configuration,
                        new Test(
                                own,
                                saved.array(configuration.text() + OUTPUTS),
                                saved.array(configuration.text() + HISTOGRAM)));
            }
        }
        return new Outcome(saved.array(LOSSES), tests);
    }

    /** Numbers as an F64 array. */
    static HostArray array(double... values) {
        return HostArray.of(DType.F64, Shape.of(values.length), values);
    }
}
