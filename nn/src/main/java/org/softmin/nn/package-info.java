/**
 * Models as records, losses, optimisers and training. Start with {@link org.softmin.nn.TrainStep}, which describes how a
 * model is trained; {@link org.softmin.nn.Parameters} says what a model is, and {@link org.softmin.nn.Checkpoint} how
 * training goes on after it was stopped. Layers for images take and give them as [batch, height, width, channels].
 */
@NullMarked
package org.softmin.nn;

import org.jspecify.annotations.NullMarked;
