package org.softmin.tensor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Computes single tensors on demand, through the same compile-and-run path as everything else.
 *
 * <p>Executables are cached by the structure of the program, the data being passed in as inputs, so that an expression
 * in a loop compiles once and the cache holds on to no data.
 */
final class Evaluation {
    private static final int CACHED_PROGRAMS = 256;
    private static final int SHOWN = 6;
    private static @Nullable Backend backend;
    private static final Map<Program, Executable> CACHE = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Program, Executable> eldest) {
            if (size() > CACHED_PROGRAMS) {
                eldest.getValue().close();
                return true;
            }
            return false;
        }
    };

    private Evaluation() {}

    static HostArray evaluate(Tensor tensor) {
        Program program = Program.of(List.of(), List.of(tensor));
        List<HostArray> data = new ArrayList<>();
        for (Tensor captured : program.captured()) {
            HostArray value = captured.bound();
            if (value != null) {
                data.add(value);
            }
        }
        synchronized (CACHE) {
            return CACHE.computeIfAbsent(program.lift(), Evaluation::compile)
                    .run(data)
                    .getFirst();
        }
    }

    private static Executable compile(Program program) {
        if (backend == null) {
            backend = Backend.named("cpu");
        }
        return backend.compile(program);
    }

    static String print(Tensor tensor) {
        boolean open = tensor.op() instanceof Op.Input && tensor.bound() == null;
        if (!open) {
            try {
                Program.of(List.of(), List.of(tensor));
            } catch (IllegalArgumentException unbound) {
                open = true;
            }
        }
        if (open) {
            return tensor.type() + " "
                    + (tensor.op() instanceof Op.Input i
                            ? i.name()
                            : tensor.op().label());
        }
        StringBuilder text = new StringBuilder(tensor.type().toString()).append(' ');
        append(text, evaluate(tensor), 0, 0);
        return text.toString();
    }

    private static void append(StringBuilder text, HostArray array, int axis, int from) {
        Shape shape = array.shape();
        if (axis == shape.rank()) {
            double x = array.get(from);
            text.append(
                    switch (array.dtype()) {
                        case F32 -> Float.toString((float) x);
                        case F64 -> Double.toString(x);
                        case I32 -> String.format(Locale.ROOT, "%d", (int) x);
                        case BOOL -> x != 0 ? "true" : "false";
                    });
            return;
        }
        int stride = shape.size(axis + 1, shape.rank());
        text.append('[');
        for (int i = 0; i < shape.dim(axis); i++) {
            if (i == SHOWN && shape.dim(axis) > 2 * SHOWN) {
                text.append(", …");
                i = shape.dim(axis) - SHOWN;
            }
            text.append(i == 0 ? "" : ", ");
            append(text, array, axis + 1, from + i * stride);
        }
        text.append(']');
    }
}
