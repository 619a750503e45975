/** Layers, losses, optimisers: start with {@code TrainStep}. */
@NullMarked
package org.softmin.nn;

import org.jspecify.annotations.NullMarked;
