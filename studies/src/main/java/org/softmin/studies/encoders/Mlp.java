package org.softmin.studies.encoders;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.softmin.nn.Activation;
import org.softmin.nn.Layer;
import org.softmin.nn.Linear;
import org.softmin.nn.Sequential;
import org.softmin.tensor.RandomKey;

/**
 * Linear layers with ReLU between: the widths from image to code, and back from code to image.
 *
 * @param hidden widths between image and code; none makes both linear
 * @param output of the decoder
 */
public record Mlp(List<Integer> hidden, Activation output) implements Architecture {
    /** The linear autoencoder, whose best is principal components. */
    static final Mlp LINEAR = new Mlp(List.of(), Activation.IDENTITY);

    /** Copies the list. */
    public Mlp {
        hidden = List.copyOf(hidden);
    }

    @Override
    public Layer encoder(ImageSize image, int codes, RandomKey key) {
        return layers(widths(image.pixels(), hidden, codes), Activation.IDENTITY, key.derive("encoder"));
    }

    @Override
    public Layer decoder(int inputs, ImageSize image, RandomKey key) {
        return layers(widths(inputs, hidden.reversed(), image.pixels()), output, key.derive("decoder"));
    }

    private static List<Integer> widths(int first, List<Integer> between, int last) {
        List<Integer> widths = new ArrayList<>(between);
        widths.addFirst(first);
        widths.addLast(last);
        return widths;
    }

    private static Layer layers(List<Integer> widths, Activation last, RandomKey key) {
        int count = widths.size() - 1;
        return new Sequential(IntStream.range(0, count)
                .boxed()
                .<Layer>mapMulti((i, sink) -> {
                    sink.accept(Linear.of(widths.get(i), widths.get(i + 1), key.derive("layer" + i)));
                    sink.accept(i < count - 1 ? Activation.RELU : last);
                })
                .toList());
    }

    @Override
    public String text() {
        return hidden.isEmpty()
                ? "linear"
                : "mlp-" + hidden.stream().map(String::valueOf).collect(Collectors.joining("-"));
    }
}
