/**
 * Tensors as immutable expression graphs, and the programs and backends that run them. Start with
 * {@link org.softmin.tensor.Tensor}, then {@link org.softmin.tensor.Program}; {@link org.softmin.tensor.Op} lists all
 * that a tensor can be made of.
 */
@NullMarked
package org.softmin.tensor;

import org.jspecify.annotations.NullMarked;
