package org.softmin.tensor.cpu;

import java.util.List;
import org.softmin.tensor.DType;
import org.softmin.tensor.Fold;
import org.softmin.tensor.plan.Step;

/** A loop that {@link FusedCompiler} generated: a block of rows and columns of a fused step. */
interface FusedKernel {
    /**
     * Computes the elements of a block.
     *
     * @param arrays the arrays of the loads, of the stores and of the results of folds
     * @param offsets for each of them, the index of the element in row 0 and column 0, or of the first result
     * @param strides for each load and store the distance of rows, where {@link Form} does not fix it
     */
    void run(Object[] arrays, int[] offsets, int[] strides, int fromRow, int toRow, int fromColumn, int toColumn);

    /**
     * All that the code of a kernel depends on; equal forms share one kernel.
     *
     * @param type F32 or F64, the type of all numbers in it
     * @param down whether it goes down columns, a vector of them at a time; otherwise along rows
     * @param foldsDown whether columns are folded, and not rows; so it is if it goes down
     * @param tail whether the columns may not fill the last vector
     */
    record Form(
            DType type,
            boolean down,
            boolean foldsDown,
            boolean tail,
            List<Source> loads,
            List<Step.Instruction> code,
            List<Sink> stores,
            List<Folded> folds) {
        /** Lanes of a vector of its type. */
        int lanes() {
            return type == DType.F32 ? Lanes.F32.length() : Lanes.F64.length();
        }

        /** Vectors that it works on before it comes back to the first accumulator of a fold. */
        int vectors() {
            return foldsDown || folds.isEmpty() ? 1 : FusedCompiler.vectorsPerFold(type);
        }

        /** Element type of an operand: loads, stores, results of folds. */
        DType dtype(int operand) {
            int store = operand - loads.size();
            return store < 0
                    ? loads.get(operand).dtype()
                    : store < stores.size() ? stores.get(store).dtype() : type;
        }
    }

    /** How a load finds its element. */
    enum Access {
        /** One for each row and column. */
        DENSE,
        /** One for each column, the same in all rows. */
        COLUMN,
        /** One for each row, the same in all columns. */
        ROW,
        /** A single one. */
        SINGLE,
        /** A truth value in the code. */
        SPLAT
    }

    /**
     * A load.
     *
     * @param stride distance of rows if the kernel goes down, otherwise 0: then it is given to the run
     * @param value of a {@link Access#SPLAT}
     */
    record Source(Access access, DType dtype, int stride, double value) {}

    /** A store of a register. */
    record Sink(int register, DType dtype, int stride) {}

    /** A fold of a register. */
    record Folded(int register, Fold fold) {}
}
