/**
 * The entry point alone; the command line, configuration, training, evaluation and reports live in
 * the packages below.
 */
package org.isonorm.spark;
