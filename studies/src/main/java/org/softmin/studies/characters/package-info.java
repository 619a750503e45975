/**
 * A small language model of characters, whose activations are studied. Start with
 * {@link org.softmin.studies.characters.CharacterTransformer}.
 */
@NullMarked
package org.softmin.studies.characters;

import org.jspecify.annotations.NullMarked;
