package org.softmin.studies.sae;

import static org.softmin.studies.metrics.ActivationMetrics.dead;
import static org.softmin.studies.metrics.ActivationMetrics.firingDead;
import static org.softmin.studies.metrics.ActivationMetrics.l0;
import static org.softmin.studies.metrics.ActivationMetrics.maxResponsibility;
import static org.softmin.studies.metrics.ActivationMetrics.redundancy;
import static org.softmin.studies.metrics.ActivationMetrics.responsibilityEntropy;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.softmin.nn.Linear;
import org.softmin.nn.LogisticRegression;
import org.softmin.studies.TrainingFolder;
import org.softmin.studies.data.DataSet;
import org.softmin.studies.metrics.LinearReadout;
import org.softmin.studies.metrics.ReconstructionMetrics;
import org.softmin.tensor.Backend;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.io.DataException;

/**
 * What is measured of a trained encoder, on the test images.
 *
 * @param metrics by the names of {@code results.json}; NaN where undefined
 * @param activations of the test images, [n, units]
 * @param reconstructions of the first test images by x̂ = aD, scaled to the length of the image, [some, pixels]
 * @param readouts of the first test images by the best linear readout, [some, pixels]
 */
record Evaluation(
        Map<String, Double> metrics,
        HostArray weights,
        HostArray activations,
        HostArray reconstructions,
        HostArray readouts) {
    /** How many reconstructions are kept for pictures. */
    static final int SHOWN = 12;

    private static final String RECONSTRUCTIONS = "reconstructions";
    private static final String READOUTS = "readouts";

    /** Measures it, or takes what was measured when {@code folder} was finished in an earlier run. */
    static Evaluation of(Training.Trained trained, DataSet data, Backend backend, TrainingFolder folder)
            throws IOException {
        Optional<TrainingFolder.Result> earlier = folder.result();
        if (earlier.isPresent()) {
            return restored(earlier.get(), trained, data, backend);
        }
        Evaluation fresh = of(trained, data, backend);
        folder.finishMeasured(Map.of(RECONSTRUCTIONS, fresh.reconstructions, READOUTS, fresh.readouts), fresh.metrics);
        return fresh;
    }

    /** The activations are computed again: they take more room than time. */
    private static Evaluation restored(
            TrainingFolder.Result result, Training.Trained trained, DataSet data, Backend backend)
            throws DataException {
        return new Evaluation(
                result.metrics(),
                trained.encoder().linear().weight().array(),
                trained.activations(data.testImages(), backend),
                result.array(RECONSTRUCTIONS),
                result.array(READOUTS));
    }

    private static Evaluation of(Training.Trained trained, DataSet data, Backend backend) {
        HostArray test = data.testImages();
        HostArray train = trained.activations(data.trainImages(), backend);
        HostArray activations = trained.activations(test, backend);
        HostArray weights = trained.encoder().linear().weight().array();
        Linear decoder = trained.decoder();
        HostArray dictionary =
                decoder == null ? weights : decoder.weight().transpose().array();
        boolean decodes = dictionary.shape().dim(1) == test.shape().dim(1); // not after a hidden layer
        HostArray linear = decodes
                ? ReconstructionMetrics.decode(activations, dictionary)
                : HostArray.zeros(test.dtype(), test.shape());
        HostArray output = decoder == null ? linear : Training.apply(decoder, activations, backend);
        HostArray readout = LinearReadout.fit(train, data.trainImages()).predict(activations);
        int dead = dead(activations);
        boolean collapsed = firingDead(activations) == activations.shape().dim(1);

        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("dead", (double) dead);
        metrics.put("firing_dead", (double) firingDead(activations));
        metrics.put("redundancy", redundancy(activations));
        metrics.put("entropy", responsibilityEntropy(activations));
        metrics.put("max_responsibility", maxResponsibility(activations));
        metrics.put("l0", l0(activations));
        metrics.put("probe_accuracy", collapsed ? Double.NaN : probe(train, activations, data, backend));
        metrics.put("mse_raw", decodes ? ReconstructionMetrics.mse(output, test) : Double.NaN);
        metrics.put("mse_normalized", decodes ? ReconstructionMetrics.normalizedMse(linear, test) : Double.NaN);
        metrics.put("mse_readout", ReconstructionMetrics.mse(readout, test));
        metrics.put("parameters", (double) trained.parameters());
        if (!trained.losses().isEmpty()) {
            metrics.put("final_loss", trained.losses().getLast());
        }
        int shown = Math.min(SHOWN, test.shape().dim(0));
        return new Evaluation(
                metrics,
                weights,
                activations,
                scaled(linear.rows(0, shown), test.rows(0, shown)),
                readout.rows(0, shown).copy());
    }

    /** Accuracy on the test images of a logistic regression on the features of the training images. */
    static double probe(HostArray train, HostArray test, DataSet data, Backend backend) {
        return LogisticRegression.fit(train, data.trainLabels(), data.classes(), backend)
                .accuracy(test, data.testLabels());
    }

    private static HostArray scaled(HostArray reconstructions, HostArray images) {
        HostArray result = HostArray.zeros(reconstructions.dtype(), reconstructions.shape());
        int pixels = images.shape().dim(1);
        for (int i = 0; i < images.shape().dim(0); i++) {
            double image = 0;
            double own = 0;
            for (int j = i * pixels; j < (i + 1) * pixels; j++) {
                image += images.get(j) * images.get(j);
                own += reconstructions.get(j) * reconstructions.get(j);
            }
            double scale = own == 0 ? 0 : Math.sqrt(image / own);
            for (int j = i * pixels; j < (i + 1) * pixels; j++) {
                result.set(j, reconstructions.get(j) * scale);
            }
        }
        return result;
    }
}
