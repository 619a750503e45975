/**
 * Sparse encoders of model activations, as people who study language models use them. Start with
 * {@link org.softmin.studies.activations.SparseMetrics}, what they are measured by.
 */
@NullMarked
package org.softmin.studies.activations;

import org.jspecify.annotations.NullMarked;
