/**
 * Gradients, graph to graph: start with {@code Gradients}; the rules are in {@code VjpRules}.
 *
 * {@snippet :
 * Tensor x = Tensor.of(1, 2, 3);
 * Tensor slope = Gradients.grad(x.pow(3).sum(), x); // ==> F32[3] [3.0, 12.0, 27.0]
 * Gradients.grad(slope.sum(), x); // ==> F32[3] [6.0, 12.0, 18.0]
 * }
 */
@NullMarked
package org.softmin.autograd;

import org.jspecify.annotations.NullMarked;
