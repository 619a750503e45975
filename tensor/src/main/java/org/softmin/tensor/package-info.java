/**
 * Tensors as immutable expression graphs, and the programs and backends that run them. Start with
 * {@link org.softmin.tensor.Tensor}, then {@link org.softmin.tensor.Program}; {@link org.softmin.tensor.Op} lists all
 * that a tensor can be made of.
 *
 * {@snippet :
 * Tensor x = Tensor.of(new float[][] {{1, 2}, {3, 4}});
 * x.matmul(x.transpose()); // ==> F32[2, 2] [[5.0, 11.0], [11.0, 25.0]]
 * x.sub(x.mean(0)).square().mean().item(); // ==> 1.0
 * }
 */
@NullMarked
package org.softmin.tensor;

import org.jspecify.annotations.NullMarked;
