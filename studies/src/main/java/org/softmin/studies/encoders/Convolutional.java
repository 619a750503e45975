package org.softmin.studies.encoders;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.softmin.nn.Activation;
import org.softmin.nn.Conv2d;
import org.softmin.nn.ConvTranspose2d;
import org.softmin.nn.Layer;
import org.softmin.nn.Linear;
import org.softmin.nn.Sequential;
import org.softmin.studies.UsageException;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Tensor;
import org.softmin.tensor.Window;

/**
 * Convolutions with ReLU between, each of which halves height and width, then a linear layer to the code; and back by a linear
 * layer and transposed convolutions. The decoder ends in a sigmoid.
 *
 * @param channels of the convolutions from image to code, at least one
 */
public record Convolutional(List<Integer> channels) implements Architecture {
    private static final Window HALVES = Window.of(3).stride(2).padding(1);
    private static final Window DOUBLES = Window.of(4).stride(2).padding(1);

    /** Copies the list. */
    public Convolutional {
        channels = List.copyOf(channels);
    }

    @Override
    public Layer encoder(ImageSize image, int codes, RandomKey key) {
        ImageSize smallest = smallest(image);
        RandomKey own = key.derive("encoder");
        List<Layer> layers = new ArrayList<>(List.of(new ToChannelsLast(image)));
        int in = image.channels();
        for (int i = 0; i < channels.size(); i++) {
            layers.add(Conv2d.of(in, channels.get(i), HALVES, own.derive("layer" + i)));
            layers.add(Activation.RELU);
            in = channels.get(i);
        }
        layers.add(new Flatten());
        layers.add(Linear.of(smallest.pixels(), codes, own.derive("code")));
        return new Sequential(layers);
    }

    @Override
    public Layer decoder(int inputs, ImageSize image, RandomKey key) {
        ImageSize smallest = smallest(image);
        RandomKey own = key.derive("decoder");
        List<Layer> layers = new ArrayList<>(List.of(
                Linear.of(inputs, smallest.pixels(), own.derive("code")), Activation.RELU, new Unflatten(smallest)));
        for (int i = channels.size() - 1; i >= 0; i--) {
            int out = i == 0 ? image.channels() : channels.get(i - 1);
            layers.add(ConvTranspose2d.of(channels.get(i), out, DOUBLES, 0, own.derive("layer" + i)));
            layers.add(i == 0 ? Activation.SIGMOID : Activation.RELU);
        }
        layers.add(new ToChannelsFirst());
        return new Sequential(layers);
    }

    /** What is left of an image after the last convolution. */
    private ImageSize smallest(ImageSize image) {
        int divisor = 1 << channels.size();
        if (image.rows() % divisor != 0 || image.columns() % divisor != 0) {
            throw new UsageException("architecture: " + channels.size() + " convolutions halve images of "
                    + image.columns() + " × " + image.rows() + " pixels, which are not divisible by " + divisor
                    + "; use architecture=mlp, or fewer channels");
        }
        return new ImageSize(channels.getLast(), image.rows() / divisor, image.columns() / divisor);
    }

    @Override
    public String text() {
        return "conv-" + channels.stream().map(String::valueOf).collect(Collectors.joining("-"));
    }

    /** From rows [n, channels · height · width] to images [n, height, width, channels]. */
    private record ToChannelsLast(ImageSize image) implements Layer {
        @Override
        public Tensor apply(Tensor x) {
            return x.reshape(x.shape().dim(0), image.channels(), image.rows(), image.columns())
                    .permute(0, 2, 3, 1);
        }
    }

    /** From images [n, height, width, channels] to rows [n, channels · height · width]. */
    private record ToChannelsFirst() implements Layer {
        @Override
        public Tensor apply(Tensor x) {
            int n = x.shape().dim(0);
            return x.permute(0, 3, 1, 2).reshape(n, x.shape().size() / n);
        }
    }

    /** From images to rows in the order in which they lie. */
    private record Flatten() implements Layer {
        @Override
        public Tensor apply(Tensor x) {
            int n = x.shape().dim(0);
            return x.reshape(n, x.shape().size() / n);
        }
    }

    /** From rows to images [n, height, width, channels]. */
    private record Unflatten(ImageSize image) implements Layer {
        @Override
        public Tensor apply(Tensor x) {
            return x.reshape(x.shape().dim(0), image.rows(), image.columns(), image.channels());
        }
    }
}
