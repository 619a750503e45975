package org.softmin.studies.encoders;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.softmin.nn.Batches;
import org.softmin.nn.Listener;
import org.softmin.nn.Trainer;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;

/**
 * A trained code for each image, of which a step sees those of its batch alone.
 *
 * <p>Codes and their two moments of Adam are tables with a row for each image. Before a step the rows of its images are copied
 * into the model's parameter {@code codes} and the optimiser's state, and after it they are copied back: no step costs more
 * for more images, and a code that is not in the batch stays as it is. Adam's bias correction counts all steps, as in
 * PyTorch's SparseAdam. Used on the trainer's thread.
 */
final class Codes implements Listener {
    /** Name of the parameter of the model that holds the codes of the batch. */
    static final String PARAMETER = "codes";

    private final List<HostArray> tables = new ArrayList<>();
    private final List<HostArray> rows;
    private final Batches order;

    /**
     * Codes of 0 as part of the trainer's state, the first batch of them in its model.
     *
     * @param trainer by Adam, of a model with {@link #PARAMETER} [batch, latent]
     * @param images how many there are; batches are drawn with {@code key} as {@link Batches} does, without a smaller one
     */
    Codes(Trainer<?> trainer, int images, RandomKey key) {
        List<String> names = List.copyOf(trainer.parameters().keySet());
        int index = names.indexOf(PARAMETER);
        HostArray codes = Objects.requireNonNull(trainer.parameters().get(PARAMETER));
        // Two powers, then the mean of the gradients of each parameter, then of their squares.
        rows = List.of(codes, trainer.state().get(2 + index), trainer.state().get(2 + names.size() + index));
        for (String name : List.of("codes", "means", "squares")) {
            HostArray table = HostArray.zeros(DType.F32, codes.shape().with(0, images));
            trainer.keep(name, table);
            tables.add(table);
        }
        int[] numbers = IntStream.range(0, images).toArray();
        order = Batches.of(codes.shape().dim(0), HostArray.of(Shape.of(images), numbers))
                .shuffle(key)
                .dropLast();
        load(0);
    }

    /** All codes [images, latent]: the table itself. */
    HostArray table() {
        return tables.getFirst();
    }

    /** The codes and their moments: the tables themselves. */
    List<HostArray> tables() {
        return tables;
    }

    @Override
    public void onStep(long step, double loss, double rate) {
        copy(step - 1, false);
        load(step); // before a checkpoint is saved, so that one that goes on from it has them
    }

    private void load(long step) {
        copy(step, true);
    }

    /** Copies the rows of a batch from the tables, or to them. */
    private void copy(long step, boolean fromTables) {
        int[] images = order.batch(step).getFirst().toInts();
        for (int t = 0; t < tables.size(); t++) {
            for (int i = 0; i < images.length; i++) {
                HostArray inTable = tables.get(t).rows(images[i], images[i] + 1);
                HostArray inModel = rows.get(t).rows(i, i + 1);
                if (fromTables) {
                    inModel.copyFrom(inTable);
                } else {
                    inTable.copyFrom(inModel);
                }
            }
        }
    }
}
