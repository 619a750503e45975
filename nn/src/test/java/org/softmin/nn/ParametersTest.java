package org.softmin.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.RandomKey;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

class ParametersTest {
    private record Block(Linear linear, LayerNorm norm) {}

    private record Model(
            Tensor scale,
            List<Block> blocks,
            Sequential tail,
            @Nullable Tensor absent,
            Tensor table,
            Settings plain) {}

    private record Settings(int width, double rate, String name, Activation activation, Shape shape, boolean on) {}

    private static final Settings PLAIN = new Settings(3, 0.5, "n", Activation.GELU, Shape.of(2), true);

    private static Tensor floats(int... dims) {
        return Tensor.of(HostArray.zeros(DType.F32, Shape.of(dims)));
    }

    private static Model model() {
        Block block = new Block(new Linear(floats(3, 2), floats(3)), LayerNorm.of(3));
        Sequential tail = Sequential.of(Activation.RELU, new Linear(floats(1, 3), null));
        return new Model(
                Tensor.scalar(DType.F64, 2), List.of(block, block), tail, null, Tensor.iota(DType.I32, 3), PLAIN);
    }

    @Test
    void namesArePathsInTheOrderOfComponents() {
        Parameters parameters = Parameters.flatten(model());
        assertEquals(
                List.of(
                        "scale",
                        "blocks.0.linear.weight",
                        "blocks.0.linear.bias",
                        "blocks.0.norm.weight",
                        "blocks.0.norm.bias",
                        "blocks.1.linear.weight",
                        "blocks.1.linear.bias",
                        "blocks.1.norm.weight",
                        "blocks.1.norm.bias",
                        "tail.layers.1.weight"),
                parameters.names());
        assertEquals(Shape.of(1, 3), parameters.tensors().getLast().shape());
        assertEquals(1 + 2 * (6 + 3 + 3 + 3) + 3, parameters.count());
    }

    @Test
    void unflattenPutsEachTensorInItsPlace() {
        Model old = model();
        List<Tensor> fresh = Parameters.flatten(old).tensors().stream()
                .map(t -> Tensor.input("fresh", t.dtype(), t.shape()))
                .toList();
        Model rebuilt = Parameters.unflatten(old, fresh);
        assertEquals(fresh, Parameters.flatten(rebuilt).tensors());
        assertSame(fresh.get(5), rebuilt.blocks().get(1).linear().weight());
        assertNull(rebuilt.absent());
        assertSame(PLAIN, rebuilt.plain());
        assertSame(old.table(), rebuilt.table());
        assertSame(Activation.RELU, rebuilt.tail().layers().getFirst());
    }

    @Test
    void mapTouchesParametersOnly() {
        Model doubles = Parameters.map(model(), t -> t.cast(DType.F64));
        assertTrue(Parameters.flatten(doubles).tensors().stream().allMatch(t -> t.dtype() == DType.F64));
        assertEquals(DType.I32, doubles.table().dtype());
        Model same = model();
        assertSame(same, Parameters.map(same, t -> t));
        assertNotSame(same, doubles);
    }

    @Test
    void whatComesAfterAParameterDoesNotUndoIt() {
        Sequential model = Sequential.of(new Linear(floats(3, 2), floats(3)), Activation.RELU);
        Sequential doubles = Parameters.map(model, t -> t.cast(DType.F64));
        assertTrue(Parameters.flatten(doubles).tensors().stream().allMatch(t -> t.dtype() == DType.F64));
    }

    @Test
    void aRandomKeyIsConfiguration() {
        record Noisy(Tensor weight, RandomKey key) {}
        Noisy noisy = new Noisy(floats(2), RandomKey.of(3));
        assertEquals(List.of("weight"), Parameters.flatten(noisy).names());
    }

    @Test
    void wrongReplacementsAreRefused() {
        Linear linear = new Linear(floats(3, 2), floats(3));
        IllegalArgumentException count =
                assertThrows(IllegalArgumentException.class, () -> Parameters.unflatten(linear, List.of(floats(3, 2))));
        assertEquals("unflatten: Linear has 2 parameters, but 1 tensors are given", count.getMessage());
        IllegalArgumentException type = assertThrows(
                IllegalArgumentException.class,
                () -> Parameters.unflatten(
                        linear, List.of(floats(3, 2), floats(3).cast(DType.F64))));
        assertEquals(
                "unflatten: bias is F32[3], but its replacement is F64[3]; give tensors of equal types",
                type.getMessage());
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> Parameters.map(linear, t -> t.reshape(-1)));
        assertTrue(refused.getMessage().contains("linear: weight is F32[6]"), refused.getMessage());
    }

    @Test
    void unsupportedComponentsAreNamed() {
        record Inner(Map<String, Tensor> tensors) {}
        record Outer(List<Inner> parts) {}
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> Parameters.flatten(new Outer(List.of(new Inner(Map.of())))));
        assertTrue(e.getMessage().startsWith("parameters: parts.0.tensors is a java.util."), e.getMessage());
    }

    @Test
    void summaryCounts() {
        Linear linear = new Linear(floats(64, 784), floats(64));
        String expected = String.join(
                System.lineSeparator(),
                "weight  F32[64, 784]        50,176",
                "bias    F32[64]                 64",
                "total                       50,240",
                "");
        assertEquals(expected, Parameters.flatten(linear).summary());
    }
}
