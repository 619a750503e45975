package org.softmin.tensor.plan;

import org.softmin.tensor.Scalar;

/** About how many vector instructions scalar functions take. */
public final class Weights {
    private Weights() {}

    /** About how many vector instructions {@code function} takes. */
    public static int of(Scalar function) {
        return switch (function) {
            case EXP -> 20;
            case LOG -> 30;
            case LOG1P -> 36;
            case TANH -> 40;
            case ERF -> 45;
            case SIN, COS, POW -> 60;
            case SIGN, FLOOR, CEIL, ROUND -> 8;
            case NEG, ABS, SQRT, NOT, ADD, SUB, MUL, DIV, MIN, MAX, AND, OR, XOR, SHL, SHR -> 1;
            case LT, LE, EQ, NE, WHERE -> 1;
        };
    }
}
