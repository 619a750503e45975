package org.softmin.nn;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.Shape;
import org.softmin.tensor.Tensor;

/**
 * The parameters of a model in a fixed order, each with its name.
 *
 * <p>A model is a record. Its components are tensors, further records, lists of those, or plain values (numbers,
 * strings, booleans, enums, shapes), in any nesting; {@code null} stands for an absent part. Every floating-point tensor
 * is a parameter, named by its path: {@code encoder.weight}, {@code layers.0.bias}; that of a {@link Statistic} is one that
 * no gradient moves. Integer tensors and plain values are
 * configuration and are kept as they are. A tensor in two places is two parameters; to share one, let the model use one
 * component twice.
 *
 * <p>If the record is not public, or its package not exported, and it lives in a named module, that module must open the
 * package to {@code org.softmin.nn}. Immutable and thread-safe.
 *
 * @param names paths, in the order of the components
 * @param tensors the tensors at these paths
 * @param statistics the paths of those that no gradient moves
 */
public record Parameters(List<String> names, List<Tensor> tensors, Set<String> statistics) {
    /** Copies the collections; the lists must be equally long. */
    public Parameters {
        names = List.copyOf(names);
        tensors = List.copyOf(tensors);
        statistics = Set.copyOf(statistics);
        if (names.size() != tensors.size()) {
            throw new IllegalArgumentException(
                    "parameters: " + names.size() + " names for " + tensors.size() + " tensors; give one each");
        }
    }

    /**
     * All parameters of {@code model}.
     *
     * @throws IllegalArgumentException if a component has a type that a model cannot have
     */
    public static Parameters flatten(Record model) {
        List<String> names = new ArrayList<>();
        List<Tensor> tensors = new ArrayList<>();
        Set<String> statistics = new HashSet<>();
        visit("", model, (name, tensor, statistic) -> {
            names.add(name);
            tensors.add(tensor);
            if (statistic) {
                statistics.add(name);
            }
            return tensor;
        });
        return new Parameters(names, tensors, statistics);
    }

    /**
     * {@code model} with other tensors in place of its parameters, of the same types and in the order of
     * {@link #flatten}.
     */
    public static <M extends Record> M unflatten(M model, List<Tensor> tensors) {
        int count = flatten(model).tensors().size();
        if (tensors.size() != count) {
            throw new IllegalArgumentException("unflatten: " + model.getClass().getSimpleName() + " has " + count
                    + " parameters, but " + tensors.size() + " tensors are given");
        }
        Iterator<Tensor> next = tensors.iterator();
        return rebuild(model, (name, old, statistic) -> {
            Tensor replacement = next.next();
            if (!replacement.type().equals(old.type())) {
                throw new IllegalArgumentException("unflatten: " + name + " is " + old.type()
                        + ", but its replacement is " + replacement.type() + "; give tensors of equal types");
            }
            return replacement;
        });
    }

    /** {@code model} with {@code function} applied to each parameter, for instance a cast. */
    public static <M extends Record> M map(M model, UnaryOperator<Tensor> function) {
        return rebuild(model, (name, tensor, statistic) -> function.apply(tensor));
    }

    /** Positions of the parameters that gradients move: of all but the statistics. */
    public int[] trained() {
        return IntStream.range(0, names.size())
                .filter(i -> !statistics.contains(names.get(i)))
                .toArray();
    }

    /** Of {@code all}, one for each parameter, those whose parameters gradients move. */
    <T> List<T> trained(List<T> all) {
        return Arrays.stream(trained()).mapToObj(all::get).toList();
    }

    /** Of {@code all}, one for each parameter, those of statistics. */
    <T> List<T> statistics(List<T> all) {
        return IntStream.range(0, names.size())
                .filter(i -> statistics.contains(names.get(i)))
                .mapToObj(all::get)
                .toList();
    }

    /** One for each parameter again, from those that gradients move and those of statistics. */
    <T> List<T> merge(List<T> trained, List<T> others) {
        Iterator<T> nextTrained = trained.iterator();
        Iterator<T> nextOther = others.iterator();
        return names.stream()
                .map(name -> statistics.contains(name) ? nextOther.next() : nextTrained.next())
                .toList();
    }

    /** Number of numbers in all parameters. */
    public long count() {
        return tensors.stream().mapToLong(tensor -> tensor.shape().size()).sum();
    }

    /** A table for people: a line with name, element type, shape and count for each parameter, and the total. */
    public String summary() {
        int name = Math.max(5, names.stream().mapToInt(String::length).max().orElse(0));
        int type = tensors.stream()
                .mapToInt(tensor -> tensor.type().toString().length())
                .max()
                .orElse(0);
        String format = "%-" + name + "s  %-" + Math.max(4, type) + "s  %,12d%n";
        StringBuilder table = new StringBuilder();
        for (int i = 0; i < names.size(); i++) {
            Tensor tensor = tensors.get(i);
            table.append(String.format(
                    Locale.ROOT,
                    format,
                    names.get(i),
                    tensor.type(),
                    tensor.shape().size()));
        }
        return table.append(String.format(Locale.ROOT, format, "total", "", count()))
                .toString();
    }

    @SuppressWarnings("unchecked") // visit gives a record of the class that it was given
    private static <M extends Record> M rebuild(M model, Visitor visitor) {
        return (M) visit("", (Record) model, visitor);
    }

    /** What is done at each parameter: gives what takes its place. */
    private interface Visitor {
        Tensor visit(String path, Tensor tensor, boolean statistic);
    }

    /** The value at {@code path} with {@code visitor} applied to its parameters: the same object if none changed. */
    private static @Nullable Object visit(String path, @Nullable Object value, Visitor visitor) {
        return switch (value) {
            case null -> null;
            case Tensor tensor when tensor.dtype().isFloating() -> visitor.visit(path, tensor, false);
            case Statistic statistic -> {
                Tensor visited = visitor.visit(path, statistic.value(), true);
                yield visited == statistic.value() ? statistic : new Statistic(visited);
            }
            case Record record -> visit(path, record, visitor);
            case List<?> list -> visit(path, list, visitor);
            case Tensor _, Number _, String _, Boolean _, Character _, Enum<?> _, Shape _ -> value;
            default ->
                throw new IllegalArgumentException("parameters: " + path + " is a "
                        + value.getClass().getName() + "; a model is made of tensors, records, lists, numbers, strings,"
                        + " booleans, enums and shapes");
        };
    }

    private static Object visit(String path, List<?> list, Visitor visitor) {
        List<@Nullable Object> elements = new ArrayList<>();
        boolean changed = false;
        for (Object element : list) {
            Object visited = visit(join(path, Integer.toString(elements.size())), element, visitor);
            changed |= visited != element;
            elements.add(visited);
        }
        return changed ? List.copyOf(elements) : list;
    }

    private static Record visit(String path, Record record, Visitor visitor) {
        RecordComponent[] components = record.getClass().getRecordComponents();
        @Nullable Object[] values = new Object[components.length];
        boolean changed = false;
        try {
            for (int i = 0; i < components.length; i++) {
                components[i].getAccessor().trySetAccessible();
                Object value = components[i].getAccessor().invoke(record);
                values[i] = visit(join(path, components[i].getName()), value, visitor);
                changed |= values[i] != value;
            }
            return changed ? constructor(record, components).newInstance(values) : record;
        } catch (IllegalAccessException e) {
            Class<?> type = record.getClass();
            throw new IllegalArgumentException(
                    "parameters: record " + type.getName() + " is not accessible; put `opens " + type.getPackageName()
                            + " to org.softmin.nn;` into module-info.java of "
                            + type.getModule().getName(),
                    e);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(
                    "parameters: record " + record.getClass().getName() + " refused its components: "
                            + e.getTargetException().getMessage(),
                    e.getTargetException());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e); // every record can be built from its components
        }
    }

    private static Constructor<? extends Record> constructor(Record record, RecordComponent[] components)
            throws NoSuchMethodException {
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Constructor<? extends Record> constructor = record.getClass().getDeclaredConstructor(types);
        constructor.trySetAccessible();
        return constructor;
    }

    private static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
