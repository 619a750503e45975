/**
 * Sparse encoders of model activations, as people who study language models use them. Start with
 * {@link org.softmin.studies.activations.SparseEncoder}: the three kinds and what each is trained on; then
 * {@link org.softmin.studies.activations.ActivationsStudy}, which compares them.
 */
@NullMarked
package org.softmin.studies.activations;

import org.jspecify.annotations.NullMarked;
