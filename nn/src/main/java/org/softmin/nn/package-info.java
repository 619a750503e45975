/**
 * Models as records, losses, optimisers and training. Start with {@link org.softmin.nn.TrainStep}, which describes how a
 * model is trained; {@link org.softmin.nn.Parameters} says what a model is.
 */
@NullMarked
package org.softmin.nn;

import org.jspecify.annotations.NullMarked;
