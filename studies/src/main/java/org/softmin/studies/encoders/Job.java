package org.softmin.studies.encoders;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.softmin.studies.Jobs;
import org.softmin.studies.Run;
import org.softmin.studies.TrainingFolder;
import org.softmin.tensor.Backend;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;

/**
 * A network to be trained and tested. Experiments that ask for equal ones share what is trained.
 *
 * @param heldOut whether it learns from the first five sixths of the training images and is tested on the last sixth
 */
record Job(Recipe recipe, Input input, int seed, boolean heldOut) {
    /** A name that no other job of a run has, in letters of a file name. */
    String name() {
        return input.text() + "-" + recipe.architecture().text() + "-" + recipe.latent() + "-rate-" + recipe.rate()
                + (input == Input.CODE ? "-" + recipe.codeRate() : "") + (heldOut ? "-held-out" : "") + "-seed-"
                + seed;
    }

    /**
     * Trains and tests it, or takes what an earlier run has saved of it.
     *
     * @param evaluation on the images that it is to be tested on, which are also those that it learns from
     * @param checksum of all images
     */
    Outcome run(Run run, Evaluation evaluation, String checksum, Backend backend)
            throws IOException, InterruptedException {
        Jobs.checkCancelled();
        Training training = new Training(evaluation.data(), recipe, backend);
        Map<String, String> configuration = new LinkedHashMap<>(recipe.texts());
        configuration.put("input", input.text());
        configuration.put("seed", Integer.toString(seed));
        configuration.put("data", evaluation.data().description() + ", checksum " + checksum);
        configuration.put("device", backend.name());
        TrainingFolder folder = run.trainings().training(name(), configuration);
        Optional<TrainingFolder.Result> earlier = folder.result();
        if (earlier.isPresent()) {
            return Outcome.of(earlier.get(), input);
        }
        Training.Trained trained =
                training.train(input, seed, folder, run.progress().run(name(), training.epochs(input)));
        HostArray test = evaluation.data().testImages();
        HostArray given;
        if (input == Input.CODE) {
            String search = name() + "-test-codes";
            given = training.codes(
                    trained.model().decoder(),
                    test,
                    seed,
                    run.trainings().training(search, configuration),
                    run.progress().run(search, recipe.codeSteps()));
        } else {
            RandomKey key = RandomKey.of(seed).derive("test");
            given = Evaluation.noise(test.shape().dim(0), recipe.latent(), key);
        }
        Outcome outcome = evaluation.measure(trained, input, given, seed, backend);
        outcome.save(folder);
        return outcome;
    }
}
