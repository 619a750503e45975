package org.softmin.tensor.cpu;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Locale;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.Scalar;

/**
 * Writes the vector instructions of one generated kernel: numbers of one type, and truth values as masks beside them.
 *
 * <p>Operands are locals; a result is left on the stack.
 */
final class VectorCode {
    /** No mask: all lanes. */
    static final int ALL = -1;

    private static final ClassDesc LANES = describe(Lanes.class);
    private static final ClassDesc MASK = describe(VectorMask.class);
    private static final ClassDesc SPECIES = describe(VectorSpecies.class);
    private static final ClassDesc SHUFFLE = describe(VectorShuffle.class);
    private static final ClassDesc VECTOR = describe(Vector.class);
    private static final ClassDesc INTS = describe(IntVector.class);
    private static final ClassDesc OPERATORS = describe(VectorOperators.class);
    private static final ClassDesc COMPARISON = describe(VectorOperators.Comparison.class);
    private static final ClassDesc ASSOCIATIVE = describe(VectorOperators.Associative.class);

    /**
     * A type of numbers: names of its vectors and of what belongs to them.
     *
     * @param species of its vectors and of the integer vectors with as many lanes, as {@link Lanes} calls them
     * @param math where its functions are
     * @param quarter lanes of a quarter of what a sum along a row is spread over
     */
    record Numbers(
            ClassDesc vector,
            ClassDesc element,
            String species,
            String ints,
            ClassDesc math,
            Inline functions,
            int lanes,
            int quarter) {
        /** Single precision, in vectors of so many bits. */
        static Numbers f32(int bits) {
            return new Numbers(
                    describe(FloatVector.class),
                    CD_float,
                    "F32",
                    "I32",
                    describe(VectorFloatMath.class),
                    new Inline(VectorFloatMath.class),
                    bits / Float.SIZE,
                    FloatLoops.QUARTER);
        }

        /** Double precision, in vectors of so many bits. */
        static Numbers f64(int bits) {
            return new Numbers(
                    describe(DoubleVector.class),
                    CD_double,
                    "F64",
                    "I32_HALF",
                    describe(VectorDoubleMath.class),
                    new Inline(VectorDoubleMath.class),
                    bits / Double.SIZE,
                    DoubleLoops.QUARTER);
        }

        /** Vectors that the lanes of a sum are spread over. */
        int vectorsPerFold() {
            return 4 * quarter / lanes;
        }
    }

    private final CodeBuilder code;
    private final Numbers numbers;

    VectorCode(CodeBuilder code, Numbers numbers) {
        this.code = code;
        this.numbers = numbers;
    }

    private static ClassDesc describe(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }

    /** The type of an array of elements of {@code dtype}: truth values are stored as integers. */
    ClassDesc array(DType dtype) {
        return dtype == DType.BOOL ? CD_int.arrayType() : numbers.element.arrayType();
    }

    /** How an element of {@code dtype} lies on the stack. */
    TypeKind kind(DType dtype) {
        return dtype == DType.BOOL ? TypeKind.INT : TypeKind.from(numbers.element);
    }

    // ---- loads and stores

    /** A vector, or a mask of truth values, from the array and index that {@code place} leaves on the stack. */
    void load(DType dtype, Runnable place, int mask) {
        boolean truth = dtype == DType.BOOL;
        ClassDesc vector = truth ? INTS : numbers.vector;
        species(truth ? numbers.ints : numbers.species);
        place.run();
        if (mask == ALL) {
            code.invokestatic(vector, "fromArray", MethodTypeDesc.of(vector, SPECIES, array(dtype), CD_int));
        } else {
            mask(mask, truth);
            code.invokestatic(vector, "fromArray", MethodTypeDesc.of(vector, SPECIES, array(dtype), CD_int, MASK));
        }
        if (truth) {
            code.getstatic(OPERATORS, "NE", COMPARISON).iconst_0();
            code.invokevirtual(INTS, "compare", MethodTypeDesc.of(MASK, COMPARISON, CD_int));
            castMask(numbers.species);
        }
    }

    /** Stores what lies in {@code register} at the array and index that {@code place} leaves on the stack. */
    void store(DType dtype, int register, Runnable place, int mask) {
        boolean truth = dtype == DType.BOOL;
        ClassDesc vector = truth ? INTS : numbers.vector;
        if (truth) {
            species(numbers.ints);
            code.invokestatic(INTS, "zero", MethodTypeDesc.of(INTS, SPECIES)).iconst_1();
            code.aload(register);
            castMask(numbers.ints);
            code.invokevirtual(INTS, "blend", MethodTypeDesc.of(INTS, CD_int, MASK));
        } else {
            code.aload(register);
        }
        place.run();
        if (mask == ALL) {
            code.invokevirtual(vector, "intoArray", MethodTypeDesc.of(CD_void, array(dtype), CD_int));
        } else {
            mask(mask, truth);
            code.invokevirtual(vector, "intoArray", MethodTypeDesc.of(CD_void, array(dtype), CD_int, MASK));
        }
    }

    private void mask(int mask, boolean ofInts) {
        code.aload(mask);
        if (ofInts) {
            castMask(numbers.ints);
        }
    }

    /**
     * A mask of the first lanes, as many as the number that {@code count} leaves on the stack, by a comparison: the
     * method made for it has branches, and masks that meet after a branch may become objects.
     */
    void maskOf(Runnable count) {
        code.getstatic(numbers.math, "IOTA", numbers.vector).getstatic(OPERATORS, "LT", COMPARISON);
        count.run();
        code.conversion(TypeKind.INT, TypeKind.from(numbers.element));
        code.invokevirtual(numbers.vector, "compare", MethodTypeDesc.of(MASK, COMPARISON, numbers.element));
    }

    /** What {@code element} leaves on the stack, in all lanes: a vector, or a mask of a truth value. */
    void broadcast(DType dtype, Runnable element) {
        species(numbers.species);
        element.run();
        if (dtype == DType.BOOL) {
            code.invokeinterface(SPECIES, "maskAll", MethodTypeDesc.of(MASK, CD_boolean));
        } else {
            code.invokestatic(numbers.vector, "broadcast", MethodTypeDesc.of(numbers.vector, SPECIES, numbers.element));
        }
    }

    /** {@code value} in all lanes. */
    void splat(DType dtype, double value) {
        broadcast(dtype, () -> {
            if (dtype == DType.BOOL) {
                code.loadConstant(value != 0 ? 1 : 0);
            } else {
                constant(value);
            }
        });
    }

    private void constant(double value) {
        if (numbers.element.equals(CD_float)) {
            code.loadConstant((float) value);
        } else {
            code.loadConstant(value);
        }
    }

    private void zero() {
        species(numbers.species);
        code.invokestatic(numbers.vector, "zero", MethodTypeDesc.of(numbers.vector, SPECIES));
    }

    private void species(String name) {
        code.getstatic(LANES, name, SPECIES);
    }

    private void castMask(String species) {
        species(species);
        code.invokevirtual(MASK, "cast", MethodTypeDesc.of(MASK, SPECIES));
    }

    private void binary(String name) {
        code.invokevirtual(numbers.vector, name, MethodTypeDesc.of(numbers.vector, VECTOR));
    }

    private void blend() {
        code.invokevirtual(numbers.vector, "blend", MethodTypeDesc.of(numbers.vector, VECTOR, MASK));
    }

    // ---- folds

    /** What an accumulator of {@code fold} begins with. */
    void identity(Fold fold, DType dtype) {
        switch (fold) {
            case SUM -> zero();
            case MAX, MIN -> splat(dtype, fold.identity(dtype));
        }
    }

    /** An accumulator with one more vector folded in, where there is a mask in its lanes only. */
    void fold(Fold fold, int accumulator, int register, int mask) {
        if (mask != ALL) {
            code.aload(accumulator);
        }
        code.aload(accumulator).aload(register);
        binary(fold == Fold.SUM ? "add" : name(fold));
        if (mask != ALL) {
            code.aload(mask);
            blend();
        }
    }

    /** The number that the accumulators of a row come to, in the order of {@link FloatLoops}. */
    void total(Fold fold, int[] accumulators) {
        if (fold == Fold.SUM) {
            int parts = numbers.quarter / numbers.lanes; // vectors of a quarter
            totalOfParts(accumulators, 0, parts, parts);
            return;
        }
        code.aload(accumulators[0]);
        for (int a = 1; a < accumulators.length; a++) {
            code.aload(accumulators[a]);
            binary(name(fold));
        }
        code.getstatic(OPERATORS, fold.name(), ASSOCIATIVE);
        code.invokevirtual(numbers.vector, "reduceLanes", MethodTypeDesc.of(numbers.element, ASSOCIATIVE));
    }

    private void totalOfParts(int[] accumulators, int first, int count, int parts) {
        if (count > 1) {
            totalOfParts(accumulators, first, count / 2, parts);
            totalOfParts(accumulators, first + count / 2, count / 2, parts);
            if (numbers.element.equals(CD_float)) {
                code.fadd();
            } else {
                code.dadd();
            }
            return;
        }
        code.aload(accumulators[first]).aload(accumulators[first + 2 * parts]);
        binary("add");
        code.aload(accumulators[first + parts]).aload(accumulators[first + 3 * parts]);
        binary("add");
        binary("add");
        int sum = accumulators[first];
        code.astore(sum);
        for (int by = 1; by < numbers.lanes; by *= 2) {
            code.aload(sum).aload(sum);
            code.getstatic(numbers.math, "BY_" + by, SHUFFLE);
            code.invokevirtual(numbers.vector, "rearrange", MethodTypeDesc.of(numbers.vector, SHUFFLE));
            binary("add");
            code.astore(sum);
        }
        code.aload(sum).iconst_0().invokevirtual(numbers.vector, "lane", MethodTypeDesc.of(numbers.element, CD_int));
    }

    private static String name(Enum<?> operation) {
        return operation.name().toLowerCase(Locale.ROOT);
    }

    // ---- scalar functions

    /** {@code scalar} of one operand. */
    void unary(Scalar scalar, int a) {
        switch (scalar) {
            case NEG, ABS, SQRT ->
                code.aload(a).invokevirtual(numbers.vector, name(scalar), MethodTypeDesc.of(numbers.vector));
            case NOT -> code.aload(a).invokevirtual(MASK, "not", MethodTypeDesc.of(MASK));
            case EXP, SIGN, FLOOR, CEIL, ROUND, LOG, LOG1P, TANH, ERF -> numbers.functions.call(code, name(scalar), a);
            default -> throw none(scalar);
        }
    }

    private static IllegalStateException none(Scalar scalar) {
        return new IllegalStateException("fused: there is no vector code for " + scalar);
    }

    /** The exponential of what is not above 0. */
    void expOfNegative(int a) {
        numbers.functions.call(code, "expOfNegative", a);
    }

    /** {@code scalar} of two operands of the type {@code operands}. */
    void binary(Scalar scalar, DType operands, int a, int b) {
        switch (scalar) {
            case ADD, SUB, MUL, DIV, MIN, MAX -> {
                code.aload(a).aload(b);
                binary(name(scalar));
            }
            case LT, LE, EQ, NE -> compare(scalar, operands, a, b);
            case AND, OR, XOR ->
                code.aload(a).aload(b).invokevirtual(MASK, name(scalar), MethodTypeDesc.of(MASK, MASK));
            default -> throw none(scalar);
        }
    }

    private void compare(Scalar scalar, DType operands, int a, int b) {
        code.aload(a);
        if (operands != DType.BOOL) {
            code.getstatic(OPERATORS, scalar.name(), COMPARISON).aload(b);
            code.invokevirtual(numbers.vector, "compare", MethodTypeDesc.of(MASK, COMPARISON, VECTOR));
            return;
        }
        // false < true: a < b is b and not a
        MethodTypeDesc two = MethodTypeDesc.of(MASK, MASK);
        switch (scalar) {
            case LT -> code.pop().aload(b).aload(a).invokevirtual(MASK, "andNot", two);
            case LE ->
                code.invokevirtual(MASK, "not", MethodTypeDesc.of(MASK))
                        .aload(b)
                        .invokevirtual(MASK, "or", two);
            case EQ -> code.aload(b).invokevirtual(MASK, "eq", two);
            default -> code.aload(b).invokevirtual(MASK, "xor", two);
        }
    }

    /** In each lane {@code a} where the condition holds, else {@code b}. */
    void select(DType dtype, int condition, int a, int b) {
        if (dtype == DType.BOOL) { // (condition and a) or (b and not condition)
            code.aload(condition).aload(a).invokevirtual(MASK, "and", MethodTypeDesc.of(MASK, MASK));
            code.aload(b).aload(condition).invokevirtual(MASK, "andNot", MethodTypeDesc.of(MASK, MASK));
            code.invokevirtual(MASK, "or", MethodTypeDesc.of(MASK, MASK));
        } else {
            code.aload(b).aload(a).aload(condition);
            blend();
        }
    }

    /** Numbers as truth values or truth values as numbers. */
    void cast(DType from, int a, DType to) {
        if (from == to) {
            code.aload(a);
        } else if (from == DType.BOOL) {
            zero();
            constant(1);
            code.aload(a);
            code.invokevirtual(numbers.vector, "blend", MethodTypeDesc.of(numbers.vector, numbers.element, MASK));
        } else {
            code.aload(a).getstatic(OPERATORS, "NE", COMPARISON);
            constant(0);
            code.invokevirtual(numbers.vector, "compare", MethodTypeDesc.of(MASK, COMPARISON, numbers.element));
        }
    }
}
