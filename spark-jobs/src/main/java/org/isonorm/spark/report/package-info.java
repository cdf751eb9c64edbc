/**
 * The last stage: pages people look at, built from the files of a finished, stopped or running run
 * alone. The stage before is evaluation, which leaves its numbers in the run's folder; nothing
 * comes after. This package calls no other code of the project, so that a report can be made
 * anywhere a run's folder can be copied to.
 */
package org.isonorm.spark.report;
